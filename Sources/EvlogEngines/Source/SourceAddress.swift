/// Where a source is: `nats://user:password@host:port,host:port/STREAM`.
package struct SourceAddress: Sendable, Hashable {
  package let scheme: String
  /// With their ports, and what stands before the @.
  package let servers: [String]
  /// The stream or topic.
  package let name: String

  package init(_ text: String) throws(EngineError) {
    guard let colon = text.firstRange(of: "://") else {
      throw Self.invalid(text, "it has no scheme")
    }
    scheme = String(text[..<colon.lowerBound])
    let rest = text[colon.upperBound...]
    guard let slash = rest.lastIndex(of: "/"), rest.index(after: slash) < rest.endIndex else {
      throw Self.invalid(text, "it names no stream")
    }
    name = String(rest[rest.index(after: slash)...])
    servers = rest[..<slash].split(separator: ",").map(String.init)
    guard !servers.isEmpty, servers.allSatisfy({ !Self.host($0).isEmpty && !$0.contains("/") })
    else { throw Self.invalid(text, "it names no server") }
    guard !name.utf8.contains(where: { ".*>?#\\ \t".utf8.contains($0) }) else {
      throw Self.invalid(text, "'\(name)' is not the name of a stream")
    }
  }

  private static func invalid(_ text: String, _ reason: String) -> EngineError {
    EngineError(
      .invalidAddress,
      "'\(withoutPassword(text))' is not the address of a source: \(reason). An address has a server and a "
        + "stream, as in nats://localhost:4222/ORDERS.")
  }

  private static func host(_ server: String) -> Substring {
    server.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
  }

  /// An address that is none may have a password all the same.
  private static func withoutPassword(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    return String(scheme + text[text.index(after: at)...])
  }
}

extension SourceAddress: CustomStringConvertible {
  /// Without users and passwords.
  package var description: String {
    "\(scheme)://\(servers.map(Self.host).joined(separator: ","))/\(name)"
  }

  /// A server of the address as it is connected to.
  func url(of server: String) -> String { "\(scheme)://\(server)" }

  /// The source at this address.
  package func open() throws(EngineError) -> any EngineSource {
    switch scheme {
    case "nats":
      #if NATS
        return JetStreamSource(self)
      #else
        throw EngineError(.notBuiltIn, "This program was built without NATS.")
      #endif
    default:
      throw EngineError(
        .invalidAddress,
        "There is no engine for addresses that begin with '\(scheme)://'; there is nats://.")
    }
  }
}

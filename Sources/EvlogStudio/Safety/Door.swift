import Synchronization

/// Who may ask the server, and what for.
///
/// A page of another site, open in the same browser, can send requests to a server on this machine. So the name
/// by which the server is addressed is compared literally, before anything else: a name that was rebound to this
/// machine is another one. What is asked then needs a session, which begins with the token that is in the
/// address' fragment and so in no request, log or referrer.
final class Door: Sendable {
  /// The port that the server listens on; nothing is let in before it is known.
  private let port = Mutex<Int?>(nil)
  /// 128 random bits, which can be exchanged for a session once.
  let token = Door.secret()
  private let session = Door.secret()
  private let isTokenUsed = Mutex(false)

  /// Lets requests in that are sent to a port.
  func open(at port: Int) { self.port.withLock { $0 = port } }

  /// The name of the cookie. Cookies are shared by all ports of a host, so the port is part of the name.
  var cookieName: String { "evlog-studio-\(port.withLock { $0 ?? 0 })" }

  /// What may be asked by a host's name: `127.0.0.1`, `localhost` and `[::1]`, each with the port.
  private var hosts: [String] {
    guard let port = port.withLock({ $0 }) else { return [] }
    return ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"]
  }

  /// Throws for a request that comes from elsewhere than from the server's own page or a user's address bar.
  func check(_ request: StudioRequest) throws(StudioError) {
    guard let host = request.host, hosts.contains(host) else {
      throw StudioError(
        403, "The Host header does not name this server.",
        advice: "Open the address that was printed.")
    }
    guard ["GET", "POST", "DELETE"].contains(request.method) else {
      throw StudioError(405, "The method \(request.method) is not served.")
    }
    guard request.method != "GET" else { return }
    guard let origin = request.origin, hosts.contains(where: { "http://\($0)" == origin }) else {
      throw StudioError(403, "Another page sent this request.")
    }
  }

  /// Throws where a request has no session.
  func checkSession(_ request: StudioRequest) throws(StudioError) {
    guard hasSession(request) else {
      throw StudioError(
        401, "There is no session.", advice: "Open the address that was printed, with its token.")
    }
  }

  private func hasSession(_ request: StudioRequest) -> Bool {
    request.cookies.contains { $0.name == cookieName && Self.areEqual($0.value, session) }
  }

  /// The cookie of the session, for the token; nil if the request has it already.
  func begin(_ request: StudioRequest, token given: String) throws(StudioError) -> String? {
    if hasSession(request) { return nil }
    let isRight = Self.areEqual(given, token)
    let isFirst = isTokenUsed.withLock { used in
      defer { used = used || isRight }
      return !used
    }
    guard isRight, isFirst else {
      throw StudioError(
        401, isRight ? "The token was used already." : "The token is not the right one.",
        advice: "Go on in the browser where it was used, or start the studio again.")
    }
    return "\(cookieName)=\(session); HttpOnly; SameSite=Strict; Path=/"
  }

  /// 128 bits in hexadecimal digits.
  private static func secret() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Compares secrets in a time that does not tell how much of them is equal.
  private static func areEqual(_ a: String, _ b: String) -> Bool {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    guard a.count == b.count else { return false }
    return zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}

public import EventLog

/// A machine's state at a cut, saved: a cache, never a source of truth.
public struct Snapshot: Sendable {
  public static let formatVersion = 1
  static let magic = "EVLOGSNP"

  /// The log it belongs to.
  public var log: String
  public var machine: String
  public var version: Int
  public var scope: ScopeKind
  public var fingerprint: Digest
  public var cut: UInt64
  /// The digest of the whole state's canonical text.
  public var stateDigest: Digest
  /// The digest of the log before the cut.
  public var logDigest: Digest
  public var createdAt: Timestamp
  /// What `Execution.save` returned.
  public var saved: [UInt8]

  /// A line that says what it is, a line of JSON, the saved state in LZ4, and a digest of it all.
  func encoded() -> [UInt8] {
    let stored = LZ4.stored(saved)
    let header: JSONValue = .object([
      ("log", .string(log)), ("machine", .string(machine)), ("version", .int(version)),
      ("scope", .string(scope.rawValue)),
      ("fingerprint", .string("\(fingerprint)")), ("cut", .int(cut)),
      ("stateDigest", .string("\(stateDigest)")), ("logDigest", .string("\(logDigest)")),
      ("createdAt", .string("\(createdAt)")), ("savedBytes", .int(saved.count)),
      ("storedBytes", .int(stored.count)),
    ])
    var bytes = Array("\(Self.magic) \(Self.formatVersion)\n".utf8)
    bytes += header.canonicalBytes
    bytes.append(0x0A)
    bytes += stored
    bytes += Array("\(Digest(of: bytes))".utf8)
    return bytes
  }

  /// Why a file is not a snapshot that can be used.
  package struct Unusable: Error, CustomStringConvertible {
    package let description: String
  }

  package init(decoding bytes: [UInt8]) throws(Unusable) {
    let first = Array("\(Self.magic) \(Self.formatVersion)\n".utf8)
    guard bytes.starts(with: Array(Self.magic.utf8)) else {
      throw Unusable(description: "it is not a snapshot")
    }
    guard bytes.starts(with: first) else {
      throw Unusable(description: "it is of another format version")
    }
    guard bytes.count > first.count + 32,
      let digest = Digest(String(decoding: bytes.suffix(32), as: UTF8.self)),
      digest == Digest(of: Array(bytes.dropLast(32))),
      let newline = bytes[first.count...].firstIndex(of: 0x0A),
      let header = try? JSONParser.parse(bytes[first.count..<newline]),
      let log = header["log"]?.stringValue, let machine = header["machine"]?.stringValue,
      let version = header["version"]?.integer(Int.self),
      let scope = header["scope"]?.stringValue.flatMap({ ScopeKind(rawValue: $0) }),
      let fingerprint = header["fingerprint"]?.stringValue.flatMap({ Digest($0) }),
      let cut = header["cut"]?.integer(UInt64.self),
      let stateDigest = header["stateDigest"]?.stringValue.flatMap({ Digest($0) }),
      let logDigest = header["logDigest"]?.stringValue.flatMap({ Digest($0) }),
      let createdAt = header["createdAt"]?.stringValue.flatMap({ Timestamp($0) }),
      let savedBytes = header["savedBytes"]?.integer(Int.self),
      let storedBytes = header["storedBytes"]?.integer(Int.self),
      storedBytes == bytes.count - newline - 33,
      let saved = LZ4.raw(bytes[(newline + 1)..<(bytes.count - 32)], rawCount: savedBytes)
    else { throw Unusable(description: "it is damaged") }
    self.init(
      log: log, machine: machine, version: version, scope: scope, fingerprint: fingerprint,
      cut: cut, stateDigest: stateDigest, logDigest: logDigest, createdAt: createdAt, saved: saved)
  }

  init(
    log: String, machine: String, version: Int, scope: ScopeKind, fingerprint: Digest, cut: UInt64,
    stateDigest: Digest, logDigest: Digest, createdAt: Timestamp, saved: [UInt8]
  ) {
    self.log = log
    self.machine = machine
    self.version = version
    self.scope = scope
    self.fingerprint = fingerprint
    self.cut = cut
    self.stateDigest = stateDigest
    self.logDigest = logDigest
    self.createdAt = createdAt
    self.saved = saved
  }

  /// The whole state, as a machine's `wholeState` gives it; needs no machine.
  ///
  /// Every machine saves a list of `[key, events, state, memories]`.
  public func state() throws -> JSONValue {
    let entries = try JSONParser.parse(saved[...]).arrayValue ?? []
    let states = entries.compactMap { entry -> (String, JSONValue)? in
      guard let parts = entry.arrayValue, parts.count == 4, let key = parts[0].stringValue else {
        return nil
      }
      return (key, parts[2])
    }
    guard states.count == entries.count else { throw Unusable(description: "it is malformed") }
    if scope == .log { return states.first?.1 ?? .null }
    return .object(JSONObject(states))
  }
}

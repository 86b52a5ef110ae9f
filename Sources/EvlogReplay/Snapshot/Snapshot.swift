public import EvlogCore
public import EvlogJSON
public import EvlogMachine

/// A machine's state at a cut, saved: a cache, never a source of truth.
public struct Snapshot: Sendable {
  /// The version of the format in which snapshots are written.
  public static let formatVersion: Int = CacheFile.formatVersion
  static let magic = "EVLOGSNP"

  /// The log it belongs to.
  public var log: String
  /// The machine's name.
  public var machine: String
  /// The machine's version.
  public var version: Int
  /// What the machine has a state for.
  public var scope: ScopeKind
  /// Identifies the machine's behaviour, as ``MachineDescriptor`` has it.
  public var fingerprint: Digest
  /// The cut of the state.
  public var cut: Cut
  /// The digest of the whole state's canonical text.
  public var stateDigest: Digest
  /// The digest of the log before the cut.
  public var logDigest: Digest
  /// The time of saving.
  public var createdAt: Timestamp
  /// What `Execution.save` returned.
  public var saved: [UInt8]

  func encoded() -> [UInt8] {
    CacheFile(
      Self.magic,
      [
        ("log", .string(log)), ("machine", .string(machine)), ("version", .int(version)),
        ("scope", .string(scope.rawValue)), ("fingerprint", .string("\(fingerprint)")),
        ("cut", .int(cut)), ("stateDigest", .string("\(stateDigest)")),
        ("logDigest", .string("\(logDigest)")), ("createdAt", .string("\(createdAt)")),
      ], body: saved
    ).encoded()
  }

  package init(decoding bytes: [UInt8]) throws(Unusable) {
    let (header, saved) = try CacheFile.decode(bytes, Self.magic, named: "a snapshot")
    guard let log = header["log"]?.stringValue, let machine = header["machine"]?.stringValue,
      let version = header["version"]?.integer(Int.self),
      let scope = header["scope"]?.stringValue.flatMap({ ScopeKind(rawValue: $0) }),
      let fingerprint = header["fingerprint"]?.stringValue.flatMap({ Digest($0) }),
      let cut = header["cut"]?.integer(Cut.self),
      let stateDigest = header["stateDigest"]?.stringValue.flatMap({ Digest($0) }),
      let logDigest = header["logDigest"]?.stringValue.flatMap({ Digest($0) }),
      let createdAt = header["createdAt"]?.stringValue.flatMap({ Timestamp($0) })
    else { throw Unusable("it is damaged") }
    self.init(
      log: log, machine: machine, version: version, scope: scope, fingerprint: fingerprint,
      cut: cut, stateDigest: stateDigest, logDigest: logDigest, createdAt: createdAt, saved: saved)
  }

  init(
    log: String, machine: String, version: Int, scope: ScopeKind, fingerprint: Digest, cut: Cut,
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

  /// The whole state, as a machine's `wholeState` gives it; this needs no machine.
  ///
  /// Every machine saves a list of `[key, events, state, memories]` and, if events concerned no key, `[null,
  /// count]`. Keys at which the machine failed end with a reason, and have no state.
  public func state() throws -> JSONValue {
    let entries = (try JSONParser.parse(saved[...]).arrayValue ?? []).filter { entry in
      let count = entry.arrayValue?.count ?? 0
      return count != 2 && count != 5
    }
    let states = entries.compactMap { entry -> (String, JSONValue)? in
      guard let parts = entry.arrayValue, parts.count == 4, let key = parts[0].stringValue else {
        return nil
      }
      return (key, parts[2])
    }
    guard states.count == entries.count else { throw Unusable("it is malformed") }
    if scope == .log { return states.first?.1 ?? .null }
    return .object(JSONObject(states))
  }
}

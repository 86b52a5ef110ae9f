public import EvlogCore
import EvlogForensics
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// The machine that answered.
  public struct Machine: Codable, Sendable, Hashable {
    public let name: String
    public let version: Int
    public let scope: ScopeKind
    /// 32 hexadecimal digits that identify the machine's behaviour.
    public let fingerprint: String
    /// Why the fingerprint cannot tell the machine from others; nothing is cached for it.
    @Nullable public private(set) var unidentified: String?

    public init(_ machine: MachineDescriptor) {
      name = machine.name
      version = machine.version
      scope = machine.scope
      fingerprint = "\(machine.fingerprint)"
      unidentified = machine.unidentified
    }
  }

  /// A stream or key at which the machine failed. From that event on its verdicts are undefined.
  public struct FailedKey: Codable, Sendable, Hashable {
    public let key: String
    /// The event that failed.
    @Nullable public private(set) var offset: Offset?
    public let reason: String

    public init(_ failure: KeyFailure) {
      key = failure.key
      offset = failure.error.offset
      reason = failure.error.message
    }
  }
}

extension ScopeKind: Codable {}
extension InvariantDescriptor.Kind: Codable {}

extension Replayer.Work: Codable {
  private enum Key: String, CodingKey {
    case events, startedFrom, saved, judgedBefore, indexedTo, ignoredSnapshots, ignored
    case couldNotSave
  }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    self.init()
    events = try members.decode(UInt64.self, forKey: .events)
    startedFrom = try members.decode([Cut].self, forKey: .startedFrom)
    saved = try members.decode([Cut].self, forKey: .saved)
    judgedBefore = try members.decodeIfPresent(Cut.self, forKey: .judgedBefore)
    indexedTo = try members.decodeIfPresent(Cut.self, forKey: .indexedTo)
    _ = try members.decodeIfPresent(Int.self, forKey: .ignoredSnapshots)
    ignored = try members.decodeIfPresent([SnapshotStore.Ignored].self, forKey: .ignored) ?? []
    couldNotSave = try members.decodeIfPresent(String.self, forKey: .couldNotSave)
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(events, forKey: .events)
    try members.encode(startedFrom, forKey: .startedFrom)
    try members.encode(saved, forKey: .saved)
    try members.encode(judgedBefore, forKey: .judgedBefore)
    try members.encode(indexedTo, forKey: .indexedTo)
    try members.encode(ignored.count, forKey: .ignoredSnapshots)
    if !ignored.isEmpty { try members.encode(ignored, forKey: .ignored) }
    try members.encodeIfPresent(couldNotSave, forKey: .couldNotSave)
  }
}

extension Scan {
  /// How many streams or keys had an event; nil for a machine with one state.
  var countedKeys: Int? { machine.scope == .log ? nil : keyCount }

  /// The streams or keys at which the machine failed before a violation, or at its event.
  func failedKeys(before violation: Violation) -> [Answers.FailedKey] {
    failedKeys.filter { $0.error.offset ?? 0 < violation.episode.firstCut.offsetAfter }
      .map(Answers.FailedKey.init)
  }
}

public import EvlogContracts
public import EvlogCore

/// A machine as the engine runs it, whatever language it is written in.
public protocol Program: Sendable {
  /// The description of the machine.
  var descriptor: MachineDescriptor { get }
  /// The mapping by which the machine refines an older one; nil if it declares none.
  var refines: (any RefinementMapping)? { get }
  /// Makes a host at the beginning. One thread at a time uses it.
  func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host
  /// The contract that the machine declares for its events; nil if it declares none.
  var contract: Contract? { get throws }
  /// Makes an explorer of the machine's states; nil if only a host can run the machine.
  func makeExplorer(_ setup: ExplorerSetup) throws(MachineError) -> (any Explorer)?
  /// The paths of the files that the machine was loaded from, besides its own; empty if there are none.
  var files: [String] { get }
}

extension Program {
  public var refines: (any RefinementMapping)? { nil }
  public var contract: Contract? { nil }
  public var files: [String] { [] }
  public func makeExplorer(_ setup: ExplorerSetup) -> (any Explorer)? { nil }

  /// A host of all keys that judges every invariant, and stops at the first failure.
  public func makeHost() throws(MachineError) -> any Host { try makeHost(HostSetup()) }
}

/// What a host is to run and judge.
public struct HostSetup: Sendable, Hashable {
  /// With a state per stream or key: the part of the keys to run; nil for all of them.
  public var part: KeyPart?
  /// With a state per stream or key: whether a key at which the machine fails is put aside while the others go
  /// on. From the failing event on, every verdict of that key is undefined and its events are skipped. If it is
  /// unknown which key an event is for, the run fails all the same.
  public var isolatesFailures = false
  /// The indices of the invariants to judge; nil for all. The memories of other history invariants are not
  /// kept.
  public var judged: Set<Int>?
  /// Whether the same events will be run many times, so that their decoded form is worth keeping.
  public var repeatsEvents = false

  public init(part: KeyPart? = nil, isolatesFailures: Bool = false, judged: Set<Int>? = nil) {
    self.part = part
    self.isolatesFailures = isolatesFailures
    self.judged = judged
  }
}

/// The description of a machine.
public struct MachineDescriptor: Sendable, Hashable {
  public let name: String
  /// The machine's version: snapshots and verdicts of other versions are not used.
  public let version: Int
  /// What the machine has a state for.
  public let scope: ScopeKind
  /// Identifies the machine's behaviour: name, version, and the digest of its code if that is known. Snapshots
  /// with another fingerprint are not used.
  public let fingerprint: Digest
  /// Why the fingerprint cannot tell the machine from another one, in words; nil where it can. Nothing is kept of
  /// a machine that cannot be told from others: no snapshots, no verdicts, no index of writes.
  public let unidentified: String?
  /// The invariants, in the order of the machine.
  public let invariants: [InvariantDescriptor]
  /// The declared regions, if there are any.
  public let regions: RegionDeclaration?
  /// The event types that it handles by name, if they are known.
  public let eventTypes: [String]
  /// The logs of a group for which the machine has a state each, as members of its state by their names; an event of
  /// a log changes only the log's. Empty for any other machine.
  public let logs: [String]
  /// Whether it declares the events that its states may meet, for exploring them.
  public let declaresExploration: Bool
  /// Whether it also declares that some states are the same but for the names of things.
  public let hasSymmetry: Bool
  /// Whether a one-off condition is among the invariants, which the fingerprint does not cover.
  public let hasExpression: Bool

  public init(
    name: String, version: Int, scope: ScopeKind, code: Digest, unidentified: String? = nil,
    invariants: [InvariantDescriptor], regions: RegionDeclaration? = nil, eventTypes: [String] = [],
    logs: [String] = [], declaresExploration: Bool = false, hasSymmetry: Bool = false,
    hasExpression: Bool = false
  ) {
    self.logs = logs
    self.declaresExploration = declaresExploration
    self.hasSymmetry = hasSymmetry
    self.hasExpression = hasExpression
    self.unidentified = unidentified
    self.regions = regions
    self.eventTypes = eventTypes
    self.name = name
    self.version = version
    self.scope = scope
    self.invariants = invariants
    fingerprint = Digest(of: Array("\(name)\u{0}\(version)\u{0}\(code)".utf8))
  }
}

/// The verdict of an invariant at a cut: it holds, is violated, or is undefined.
public enum Verdict: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case holds = 0
  case violated = 1
  case undefined = 2

  public var description: String {
    switch self {
    case .holds: "holds"
    case .violated: "violated"
    case .undefined: "undefined"
    }
  }
}

/// The verdict of an invariant changed at a cut, or an event violates a step just as the previous one did.
public struct VerdictChange: Sendable, Hashable {
  /// The invariant's index in the machine's list.
  public var invariant: Int
  /// The stream or key, for a machine that has a state for each.
  public var key: String?
  /// The first cut with this verdict. With `cut` = offset + 1, the event at `offset` caused it.
  public var cut: Cut
  /// The new verdict.
  public var verdict: Verdict
  /// The number of events of the key that have been reduced at this cut, including this one; for the state of the
  /// log, the cut.
  public var evaluation: UInt64
  /// Why the verdict is undefined.
  public var reason: String?

  public init(
    invariant: Int, key: String?, cut: Cut, verdict: Verdict, evaluation: UInt64,
    reason: String? = nil
  ) {
    self.invariant = invariant
    self.key = key
    self.cut = cut
    self.verdict = verdict
    self.evaluation = evaluation
    self.reason = reason?.boundedReason
  }
}

extension String {
  /// An error text from outside code, shortened to what is worth reading.
  var boundedReason: String {
    let limit = 2000
    return utf8.count <= limit ? self : "\(prefix(limit))…"
  }
}

/// One of several equal shares of all keys, or one key alone.
public struct KeyPart: Sendable, Hashable {
  /// The index of the share, from 0.
  public let index: Int
  /// The number of shares.
  public let count: Int
  /// The one key; nil for a share.
  public let key: String?

  public init(index: Int, of count: Int) {
    self.index = index
    self.count = count
    key = nil
  }

  /// One key alone.
  public init(only key: String) {
    (index, count) = (0, 1)
    self.key = key
  }

  /// Every key is in exactly one part, the same one in every process.
  public func contains(_ key: String) -> Bool { contains(key.utf8Span.span) }

  package func contains(_ key: Span<UInt8>) -> Bool {
    if let only = self.key {
      let bytes = only.utf8Span.span
      return bytes.count == key.count && bytes.indices.allSatisfy { bytes[$0] == key[$0] }
    }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in key.indices { hash = (hash ^ UInt64(key[i])) &* 0x100_0000_01b3 }
    // The upper half knows little of the last bytes, in which names differ most.
    return Int(((hash >> 32) ^ hash) & 0xFFFF_FFFF) % count == index
  }
}

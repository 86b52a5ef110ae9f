import EvlogAnswers
import EvlogCore
import EvlogCuts
import EvlogJSON
import EvlogMachine
import EvlogProjections
import EvlogReplay
import EvlogStore
import SystemPackage

/// What a subject is, for the page to begin with.
struct SubjectShape: Codable {
  struct Group: Codable {
    let logs: [Log]
  }

  struct Log: Codable {
    let name: String
    let events: UInt64
  }

  struct Machine: Codable {
    let name: String
    let version: Int
    let scope: ScopeKind
    let fingerprint: String
    @Nullable private(set) var unidentified: String?
    let invariants: [Invariant]
    @Nullable private(set) var regions: [String]?
    let eventTypes: [String]
  }

  struct Invariant: Codable {
    let name: String
    let kind: InvariantDescriptor.Kind
    @Nullable private(set) var place: String?

    init(_ invariant: InvariantDescriptor) {
      name = invariant.name
      kind = invariant.kind
      place = invariant.place?.description
    }
  }

  struct TypeCount: Codable {
    let name: String
    let count: UInt64
  }

  struct Segment: Codable {
    let first, end: Offset
    let sealed: Bool
    let file: String
  }

  struct Damage: Codable {
    let firstOffset, endOffset: Offset
    let text: String
  }

  let id: Int
  let title, log: String
  /// What identifies the events, whatever the log is called; null for those that nothing identifies.
  @Nullable private(set) var logId: String?
  @Nullable private(set) var group: Group?
  @Nullable private(set) var machine: Machine?
  @Nullable private(set) var machineArgument: String?
  let end: Cut
  @Nullable private(set) var firstTime: Timestamp?
  @Nullable private(set) var lastTime: Timestamp?
  let types: [TypeCount]
  let segments: [Segment]
  let snapshots: [Cut]
  let damage: [Damage]
  /// The projections whose tables can be asked, and whether events can be searched by a condition.
  let tables: [String]
  let conditions: Bool
  @Nullable private(set) var knownTo: Cut?
  let episodes: [JSONValue]

  init(_ subject: Subject, _ tiles: Tiles, episodes: [JSONValue]) {
    let loaded = subject.loaded
    id = subject.id
    title = subject.source.title
    log = subject.source.log
    end = tiles.end
    types = tiles.types.map { TypeCount(name: $0.name, count: $0.count) }
    segments = subject.log?.segmentInfo().map { Segment($0) } ?? []
    snapshots = subject.snapshotCuts
    damage = tiles.damage.map {
      Damage(
        firstOffset: $0.offsets.lowerBound, endOffset: $0.offsets.upperBound, text: $0.message)
    }
    self.episodes = episodes
    tables = subject.source.projections.map(\.name)
    conditions = subject.source.condition != nil
    group = subject.source.group.map { history in
      Group(logs: history.causality.lines.map { Log(name: $0.name, events: UInt64($0.end)) })
    }
    machine = loaded.map { Machine($0.descriptor) }
    machineArgument = subject.source.machine
    logId = subject.history.historyID
    firstTime = (tiles.times?.lowerBound).map { Timestamp(nanoseconds: $0) }
    lastTime = (tiles.times?.upperBound).map { Timestamp(nanoseconds: $0) }
    knownTo = loaded?.knownTo
  }
}

extension SubjectShape.Machine {
  init(_ machine: MachineDescriptor) {
    name = machine.name
    version = machine.version
    scope = machine.scope
    fingerprint = "\(machine.fingerprint)"
    invariants = machine.invariants.map(SubjectShape.Invariant.init)
    eventTypes = machine.eventTypes
    unidentified = machine.unidentified
    regions = machine.regions?.names
  }
}

extension SubjectShape.Segment {
  init(_ segment: EventLog.SegmentInfo) {
    first = segment.offsets.lowerBound
    end = segment.offsets.upperBound
    sealed = segment.isSealed
    file = segment.file.lastComponent?.string ?? ""
  }
}

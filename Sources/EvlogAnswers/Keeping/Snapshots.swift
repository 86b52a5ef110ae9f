public import EvlogCore
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// Snapshots that were made.
  public struct SnapshotsCreated: Answer {
    public var question: String { "snapshot create" }

    public struct Row: Codable, Sendable, Hashable {
      public let file: String
      public let cut: Cut
    }

    public let snapshots: [Row]

    public init(_ made: [SnapshotStore.Entry]) {
      snapshots = made.map { Row(file: $0.fileName, cut: $0.cut) }
    }
  }

  /// The snapshots of a log.
  public struct SnapshotList: Answer {
    public var question: String { "snapshot list" }

    /// A snapshot; of one that cannot be used there is only its file and the reason.
    public struct Row: Codable, Sendable, Hashable {
      public let file: String
      public let unusable: String?
      public let cut: Cut?
      public let machine: String?
      public let version: Int?
      public let fingerprint, stateDigest: String?
      public let createdAt: Timestamp?

      public init(_ file: String, _ snapshot: Snapshot) {
        self.file = file
        unusable = nil
        cut = snapshot.cut
        machine = snapshot.machine
        version = snapshot.version
        fingerprint = "\(snapshot.fingerprint)"
        stateDigest = "\(snapshot.stateDigest)"
        createdAt = snapshot.createdAt
      }

      public init(_ file: String, unusable: String) {
        self.file = file
        self.unusable = unusable
        (cut, machine, version) = (nil, nil, nil)
        (fingerprint, stateDigest, createdAt) = (nil, nil, nil)
      }
    }

    public let snapshots: [Row]
    public init(_ rows: [Row]) { snapshots = rows }
  }

  /// Which snapshots are not what a replay gives.
  public struct SnapshotsVerified: Answer {
    public var question: String { "snapshot verify" }

    public struct Row: Codable, Sendable, Hashable {
      public let file: String
      public let cut: Cut
      @Nullable public private(set) var problem: String?

      public init(_ entry: SnapshotStore.Entry, problem: String?) {
        (file, cut) = (entry.fileName, entry.cut)
        self.problem = problem
      }
    }

    public let snapshots: [Row]
    public init(_ rows: [Row]) { snapshots = rows }
  }

  /// Snapshots that were removed.
  public struct SnapshotsDropped: Answer {
    public var question: String { "snapshot drop" }
    public let dropped: [String]
    public init(_ files: [String]) { dropped = files }
  }

  /// Whether a machine can be loaded, and what it declares.
  public struct MachineCheck: Answer {
    public var question: String { "machine check" }

    public struct Invariant: Codable, Sendable, Hashable {
      public let name: String
      public let kind: InvariantDescriptor.Kind
      @Nullable public private(set) var place: String?

      init(_ invariant: InvariantDescriptor) {
        (name, kind) = (invariant.name, invariant.kind)
        place = invariant.place?.description
      }
    }

    public let machine: Machine
    public let invariants: [Invariant]
    /// Event types that it handles and ignores; absent for a compiled machine.
    public var handles, ignores: [String]?
    /// Types of a log that it neither handles nor ignores, with how often they occur.
    public var unknownTypes: Named<UInt64>?

    public init(_ machine: MachineDescriptor) {
      self.machine = Machine(machine)
      invariants = machine.invariants.map(Invariant.init)
    }
  }
}

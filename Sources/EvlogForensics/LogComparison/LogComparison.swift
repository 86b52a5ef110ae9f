public import EvlogCore
public import EvlogJSON

/// Two histories compared, event by event: where they differ first, and by what.
public struct LogComparison: Sendable {
  /// How the events of one history are found in the other.
  public enum Alignment: String, Sendable, CaseIterable {
    /// Within each stream, as many events as possible are found again in their order.
    case stream
    /// The events at the same offset are compared.
    case offset
  }

  /// What counts as a difference.
  public struct Rules: Sendable, Hashable {
    public var alignment: Alignment
    /// The parts of events that may differ. `stream` and `type` always count.
    public var ignoredParts: Set<EventPart>
    /// Whether events of different streams may come in another order.
    public var ignoresOrder: Bool
    /// How many differences, and how many streams with differences, are listed.
    public var limit: Int

    public init(
      alignment: Alignment = .stream, ignoring parts: Set<EventPart> = [],
      ignoresOrder: Bool = false, limit: Int = 1000
    ) {
      self.alignment = alignment
      self.ignoredParts = parts.subtracting([.stream, .type])
      self.ignoresOrder = ignoresOrder && alignment == .stream
      self.limit = limit
    }
  }

  /// How many events differ.
  public struct Counts: Sendable, Hashable, Codable {
    public internal(set) var onlyInFirst: UInt64 = 0
    public internal(set) var onlyInSecond: UInt64 = 0
    /// Events that are in both, with other data or other parts.
    public internal(set) var changed: UInt64 = 0
    /// Events that are the same in both, and come in another order: the fewest by which the order differs.
    public internal(set) var moved: UInt64 = 0

    public var isNone: Bool { self == Counts() }
  }

  /// An event that is not the same in both.
  public struct Difference: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
      case onlyInFirst, onlyInSecond, changed, moved
    }

    public let kind: Kind
    /// The event of the first history; nil if it has none.
    public let first: RecordedEvent?
    /// The event of the second history.
    public let second: RecordedEvent?
    /// The parts that differ and count.
    public let parts: [EventPart]
    /// What differs in these parts, by path; `data.quantity`, say.
    public let changes: [StateDiff.Change]
  }

  /// A position in both histories.
  public struct Position: Sendable, Hashable, Codable {
    public let first, second: Cut

    package init(first: Cut, second: Cut) { (self.first, self.second) = (first, second) }
  }

  /// A stream whose events differ.
  public struct Stream: Sendable, Hashable {
    public let name: String
    public let counts: Counts
  }

  /// What was compared.
  public let rules: Rules
  /// The last cuts.
  public let ends: Position
  /// How many events differ.
  public let counts: Counts
  /// By how many changed events each part differs.
  public let partCounts: [(part: EventPart, count: UInt64)]
  /// The first cuts at which the histories differ; nil if they are the same.
  public let firstDifference: Position?
  /// The events that lead to these cuts. One of the two may have none.
  public let firstEvents: (first: RecordedEvent?, second: RecordedEvent?)
  /// The first differences, in the order of the histories.
  public let differences: [Difference]
  /// The first streams with differences, in the order in which they first differ.
  public let streams: [Stream]
  /// How many streams have differences.
  public let streamCount: Int
  /// How many events of both were read. Others are known to be the same by the digests of the logs.
  public let readCount: UInt64
  /// Whether as many events as possible were found again. Very many equal events in a stream are not tried in every
  /// combination.
  public let isShortest: Bool
  /// How the states of a machine differ, if they were compared.
  public internal(set) var states: States?

  /// Whether no event differs.
  public var isSame: Bool { counts.isNone }
}

public import EvlogCore
public import EvlogJSON

/// Runs a machine from given states instead of along a history: for each state, it executes every event that may happen
/// next.
///
/// A node is a state together with what history invariants remember. The explorer keeps none of them; one thread at a
/// time uses it.
public protocol Explorer<Node>: AnyObject, SendableMetatype {
  associatedtype Node: Sendable

  /// The node with which exploration begins.
  func beginning() throws(MachineError) -> Beginning<Node>

  /// Executes every event that may happen in each of some nodes, at an offset. `isKnown` says whether a node has been
  /// reached before, by its digest; such a node need not be reported.
  ///
  /// What fails at one event is reported. Throws what ends the exploration; `found.trying` then is where that was.
  func expand(
    _ nodes: ArraySlice<Node>, at offset: Offset, isKnown: @escaping (Digest) -> Bool,
    into found: inout Expansion<Node>
  ) throws(MachineError)

  /// The events that are executed in a node, as a log has them, in the order of their numbers.
  func events(in node: Node, at offset: Offset) throws(MachineError) -> [NewEvent]

  /// The state of a node.
  func state(of node: Node) throws(MachineError) -> JSONValue
}

/// How a machine is explored.
public struct ExplorerSetup: Sendable {
  /// The events to execute in every state; nil for those that the machine declares.
  public var events: [RecordedEvent]?
  /// What a host of the state had saved, to begin with; nil for the initial state.
  public var saved: [UInt8]?
  /// The stream or key whose state it is, of a machine with a state for each.
  public var key: String?
  /// The time of all events.
  public var time: Timestamp
  /// The indices of the invariants to judge; nil for all.
  public var judged: Set<Int>?
  /// Whether a node is reported as often as it is reached, and not only once in a while.
  public var reportsAll = false

  public init(
    events: [RecordedEvent]? = nil, saved: [UInt8]? = nil, key: String? = nil,
    time: Timestamp = Self.time, judged: Set<Int>? = nil
  ) {
    self.events = events
    self.saved = saved
    self.key = key
    self.time = time
    self.judged = judged
  }

  /// The stream of explored events that name none.
  public static let stream: String = "explored"
  /// The time of explored events that come after no others: the beginning of the year 2000.
  public static let time: Timestamp = Timestamp(nanoseconds: 946_684_800_000_000_000)
}

/// The node with which an exploration begins.
public struct Beginning<Node: Sendable>: Sendable {
  public let node: Node
  public let digest: Digest
  /// The verdicts of state invariants that do not hold.
  public let issues: [ExploredIssue]

  public init(_ node: Node, _ digest: Digest, issues: [ExploredIssue]) {
    self.node = node
    self.digest = digest
    self.issues = issues
  }
}

/// The verdict of an invariant that does not hold.
public struct ExploredIssue: Sendable, Hashable {
  public let invariant: Int
  /// Whether it is violated; otherwise it could not be judged.
  public let isViolated: Bool
  public let reason: String?

  public init(invariant: Int, isViolated: Bool, reason: String? = nil) {
    self.invariant = invariant
    self.isViolated = isViolated
    self.reason = reason
  }
}

/// An event of a node: the index of the node, and the number of the event.
public struct ExploredPlace: Sendable, Hashable {
  public var node, event: Int32

  @inlinable
  public init(_ node: Int, _ event: Int) {
    self.node = Int32(node)
    self.event = Int32(event)
  }
}

/// An executed event, with the numbers of its type and of the regions from which and to which it led.
public struct ExploredStep: Sendable {
  public var node, type, from, to: Int32

  @inlinable
  public init(_ node: Int, type: Int, from: Int, to: Int) {
    self.node = Int32(node)
    self.type = Int32(type)
    self.from = Int32(from)
    self.to = Int32(to)
  }
}

/// What came of the events of some nodes, in the order of the nodes and, in each, of its events.
public struct Expansion<Node: Sendable>: Sendable {
  /// A node to which an event led, and which was not known to be reached.
  public struct Arrival: Sendable {
    public var place: ExploredPlace
    public var digest: Digest
    public var node: Node

    @inlinable
    public init(_ place: ExploredPlace, _ digest: Digest, _ node: Node) {
      self.place = place
      self.digest = digest
      self.node = node
    }
  }

  public var steps: [ExploredStep] = []
  public var arrivals: [Arrival] = []
  /// The verdicts of state invariants on arrivals, by their indices.
  public var stateIssues: [(arrival: Int, issue: ExploredIssue)] = []
  /// The verdicts of step and history invariants.
  public var stepIssues: [(place: ExploredPlace, issue: ExploredIssue)] = []
  /// Events at which the machine failed, with their types.
  public var failures: [(place: ExploredPlace, type: String, error: MachineError)] = []
  /// The nodes from which the machine does not want to go on.
  public var beyondBound: [Int32] = []
  /// The types and regions by their numbers.
  public var types: [String] = []
  public var regions: [String] = []
  /// The event that is being executed.
  public var trying = ExploredPlace(0, 0)

  public init() {}
}

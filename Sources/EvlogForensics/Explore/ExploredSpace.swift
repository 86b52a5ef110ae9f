public import EvlogCore
public import EvlogJSON
public import EvlogMachine

/// The limits of an exploration.
public struct ExplorationLimits: Sendable {
  /// The most distinct states; nil for no limit.
  public var states: Int?
  /// The most events in one run; nil for no limit.
  public var depth: Int?
  /// The longest time; nil for no limit.
  public var duration: Duration?
  /// Whether it goes on after a violation, until every invariant is violated.
  public var goesOn = false
  /// Whether it is to end now.
  public var isInterrupted: @Sendable () -> Bool = { false }

  public init(states: Int? = nil, depth: Int? = nil, duration: Duration? = nil) {
    self.states = states
    self.depth = depth
    self.duration = duration
  }
}

/// The states that a machine can reach from one state, and what was found in them.
public struct ExploredSpace: Sendable {
  /// A limit that kept states from being reached.
  public enum Bound: String, Sendable, Hashable, CaseIterable {
    /// The bound that the machine declares.
    case machine
    case depth, states, seconds
    /// It was interrupted.
    case interrupted
    /// It ended with the first violation.
    case violation
    /// The machine could not go on.
    case failure
  }

  /// The violations of an invariant.
  public struct Finding: Sendable {
    public let invariant: InvariantDescriptor
    /// The number of distinct states that violate it or, of a step or history invariant, of executed events.
    public internal(set) var violations: UInt64 = 0
    /// The number of states, or executed events, at which it could not be judged.
    public internal(set) var undefined: UInt64 = 0
    /// The reason at the first of them.
    public internal(set) var undefinedReason: String?
    /// The shortest way to a violation or, if there is none, to where it could not be judged.
    public internal(set) var example: Trace?
  }

  /// Events at which the machine failed for the same reason.
  public struct Failure: Sendable {
    public let type: String
    public let error: MachineError
    public internal(set) var count: UInt64 = 1
    /// The shortest way to one of them.
    public internal(set) var example: Trace?
  }

  /// Executed events of a type that led from one region to another.
  public struct Move: Sendable, Hashable {
    /// The regions; nil for a machine without any.
    public let region, target: String?
    public let type: String
    public let count: UInt64
  }

  /// The events of one run, and the states that they led to.
  public struct Trace: Sendable {
    /// The events, as they are after those of the log before the cut.
    public let events: [RecordedEvent]
    /// The state of the beginning, and after each event.
    public let states: [JSONValue]
    /// Whether a replay of these events comes to the same verdict. It may not, if the machine looks at revisions or
    /// keys, or at anything that is not in its state.
    public let isRepeated: Bool
  }

  public let machine: MachineDescriptor
  /// The cut of the log whose state it began with; nil for the initial state.
  public let cut: Cut?
  /// The stream or key whose state it is.
  public let key: String?
  /// The number of events that were drawn from the log, and of distinct ones in it; nil if the machine declares them.
  public let drawn: Drawn?

  /// Events that were taken from a log.
  public struct Drawn: Sendable, Hashable {
    public let events: Int
    public let distinct: Int
  }

  /// The number of executed events, and one for the beginning.
  public internal(set) var generated: UInt64 = 1
  /// The number of distinct states, with the memories of history invariants.
  public internal(set) var distinct = 1
  /// The events to the state that is farthest away, on the shortest way.
  public internal(set) var depth = 0
  /// The number of states in which no event can happen.
  public internal(set) var ends: UInt64 = 0
  /// The number of states outside the bound that the machine declares.
  public internal(set) var beyondBound: UInt64 = 0
  /// The limits that kept states from being reached; empty if all were reached.
  public internal(set) var bounds: [Bound] = []
  public internal(set) var findings: [Finding] = []
  public internal(set) var failures: [Failure] = []
  public internal(set) var moves: [Move] = []
  /// The failure that ended the exploration, and the run to it.
  public internal(set) var end: Failure?
  /// The bytes of memory for the remembered states.
  public internal(set) var visitedBytes = 0

  /// The probability that two different states had the same digest, so that one of them was not explored.
  public var collisionChance: Double {
    let count = Double(distinct)
    // n²/2^129
    return count * count * 0x1p-129
  }

  /// Whether an invariant is violated.
  public var isViolated: Bool { findings.contains { $0.violations > 0 } }
  /// Whether every reachable state was reached.
  public var isComplete: Bool { bounds.isEmpty }

  /// The violated invariant with the shortest way to it.
  public var shortest: Finding? {
    findings.filter { $0.violations > 0 }.min {
      ($0.example?.events.count ?? 0) < ($1.example?.events.count ?? 0)
    }
  }

  init(_ machine: MachineDescriptor, cut: Cut?, key: String?, drawn: Drawn?) {
    self.machine = machine
    self.cut = cut
    self.key = key
    self.drawn = drawn
  }
}

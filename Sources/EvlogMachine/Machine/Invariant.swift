import EvlogJSON

/// A named predicate that must hold at every cut.
///
/// A predicate that throws makes its verdict *undefined* at that cut, which is not the same as
/// violated.
public struct Invariant<M: Reducer>: Sendable {
  /// What must hold, in words. Every answer has this name, and verdicts are kept under it.
  public let name: String
  /// Where the invariant is written.
  public let place: SourcePosition
  let check: Check
  /// Whether it must hold only at the end of the log.
  var isFinal = false
  /// What the state of each of some logs has to do with it; nil for any other invariant.
  var parts: Parts?

  enum Check: Sendable {
    case state(@Sendable (M.State) throws -> Bool)
    case step(@Sendable (M.State, M.Event, M.State, EventContext) throws -> Bool)
    case history(any HistoryCheck<M>)
  }

  /// Must be true of every state.
  public static func always(
    _ name: String, file: String = #fileID, line: Int = #line,
    _ predicate: @escaping @Sendable (M.State) throws -> Bool
  ) -> Invariant {
    Invariant(name: name, place: SourcePosition(file: file, line: line), check: .state(predicate))
  }

  /// Must be true of the state at the end of the log or, with a state for each stream or key, of each of these states
  /// then. Until the end it may be false: what still has to come may come.
  ///
  /// Appending events can mend a violation, or make one. Nothing is refused for it when a turn is decided, because a
  /// log has no last turn, and explored states have no end.
  public static func atEnd(
    _ name: String, file: String = #fileID, line: Int = #line,
    _ predicate: @escaping @Sendable (M.State) throws -> Bool
  ) -> Invariant {
    var invariant = always(name, file: file, line: line, predicate)
    invariant.isFinal = true
    return invariant
  }

  /// Must be true of every event with the states before and after it.
  public static func step(
    _ name: String, file: String = #fileID, line: Int = #line,
    _ predicate:
      @escaping @Sendable (_ before: M.State, M.Event, _ after: M.State, EventContext) throws ->
      Bool
  ) -> Invariant {
    Invariant(name: name, place: SourcePosition(file: file, line: line), check: .step(predicate))
  }

  /// Must be true of the past, as a memory of the predicate's own keeps it: "once closed, never reopened".
  public static func history<Memory: Codable & Sendable>(
    _ name: String, initial: Memory, file: String = #fileID, line: Int = #line,
    _ predicate:
      @escaping @Sendable (
        inout Memory, _ before: M.State, M.Event, _ after: M.State, EventContext
      ) throws -> Bool
  ) -> Invariant {
    Invariant(
      name: name, place: SourcePosition(file: file, line: line),
      check: .history(Monitor(initial: initial, predicate: predicate)))
  }

  /// Whether it looks at the state before an event.
  var looksBefore: Bool { if case .state = check { false } else { true } }

  var descriptor: InvariantDescriptor {
    let kind: InvariantDescriptor.Kind =
      switch check {
      case .state: .state
      case .step: .step
      case .history: .history
      }
    return InvariantDescriptor(
      name: name, kind: kind, place: place, isFinal: isFinal, parts: parts?.descriptor)
  }
}

/// A line of source.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
  /// The module and the file, as in `#fileID`; for a script, its file.
  public let file: String
  /// The line, from 1; 0 if it is not known.
  public let line: Int

  public init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  public var description: String { line > 0 ? "\(file):\(line)" : file }
}

/// The description of an invariant.
public struct InvariantDescriptor: Sendable, Hashable {
  /// What an invariant judges: a state, an event with the states around it, or the past.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case state, step, history
  }

  public let name: String
  public let kind: Kind
  /// Where it is written; nil if that is not known.
  public let place: SourcePosition?
  /// Whether it must hold only at the end: of the log or, with a state for each stream or key, of each of them.
  ///
  /// Before the end it may be violated, and hold again. Only violations that last to the end count.
  public let isFinal: Bool
  /// What each of some logs of a group has to do with it; nil for any other invariant.
  public let parts: LocalParts?

  public init(
    name: String, kind: Kind, place: SourcePosition?, isFinal: Bool = false,
    parts: LocalParts? = nil
  ) {
    self.isFinal = isFinal
    self.parts = parts
    self.name = name
    self.kind = kind
    self.place = place
  }
}

/// The parts of an invariant over a group of logs, each of which looks at the state of one log.
public struct LocalParts: Sendable, Hashable {
  /// What must be true of the parts together.
  public enum Combination: Sendable, Hashable {
    /// The conditions never hold all at once.
    case never
    /// No more of the conditions than this hold at once.
    case atMost(Int)
    /// The sum of the numbers is in a range; one that begins with `Int64.min` or ends with `Int64.max` is open.
    case sum(ClosedRange<Int64>)
  }

  /// The names of the logs.
  public let logs: [String]
  public let combination: Combination

  public init(_ logs: [String], _ combination: Combination) {
    self.logs = logs
    self.combination = combination
  }
}

/// A history invariant without the type of its memory.
protocol HistoryCheck<M>: Sendable {
  associatedtype M: Reducer
  var initialMemory: any Sendable { get }
  func next(
    _ memory: inout any Sendable, _ before: M.State, _ event: M.Event, _ after: M.State,
    _ context: EventContext
  ) throws -> Bool
  /// Adds the canonical text of a memory.
  func encode(_ memory: any Sendable, to bytes: inout [UInt8]) throws
  func decode(_ saved: JSONPlace) throws -> any Sendable
}

private struct Monitor<M: Reducer, Memory: Codable & Sendable>: HistoryCheck {
  let initial: Memory
  let predicate: @Sendable (inout Memory, M.State, M.Event, M.State, EventContext) throws -> Bool

  var initialMemory: any Sendable { initial }

  func next(
    _ memory: inout any Sendable, _ before: M.State, _ event: M.Event, _ after: M.State,
    _ context: EventContext
  ) throws -> Bool {
    guard var own = memory as? Memory else { return false }
    defer { memory = own }
    return try predicate(&own, before, event, after, context)
  }

  func encode(_ memory: any Sendable, to bytes: inout [UInt8]) throws {
    // A null is read back as nothing that fits.
    guard let own = memory as? Memory else { return JSONValue.null.write(to: &bytes) }
    try StateEncoder().write(own, to: &bytes)
  }

  func decode(_ saved: JSONPlace) throws -> any Sendable { try saved.decode(Memory.self) }
}

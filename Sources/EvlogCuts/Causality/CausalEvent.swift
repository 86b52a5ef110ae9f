public import EvlogCore

/// A totally ordered sequence of events in a causality: a log, or one stream of a log.
public struct CausalLine: Sendable, Hashable {
  /// The name, as it is written in a ``VectorCut``.
  public let name: String
  /// The number of events.
  public let end: Cut

  public init(_ name: String, end: Cut) {
    self.name = name
    self.end = end
  }
}

/// An event of a causality: the number of its line, and its position there.
public struct CausalEvent: Sendable, Hashable {
  /// The index of the line.
  public let line: Int
  /// The position in the line, from 0.
  public let offset: Offset

  public init(line: Int, offset: Offset) {
    self.line = line
    self.offset = offset
  }

  init(_ line: Int, _ offset: UInt32) { self.init(line: line, offset: Offset(UInt64(offset))) }
}

extension [CausalLine] {
  /// An event for a person: `payments@812`.
  func name(_ event: CausalEvent) -> String {
    indices.contains(event.line)
      ? "\(self[event.line].name)@\(event.offset)" : "line \(event.line)@\(event.offset)"
  }

  /// Whether there is such an event.
  func hold(_ event: CausalEvent) -> Bool {
    indices.contains(event.line) && event.offset < self[event.line].end.offsetAfter
  }
}

/// What to do with a reference to an event that does not exist.
public enum DanglingReferences: Sendable, Hashable {
  /// It is an error that names both events.
  case refused
  /// It is counted, and is no edge.
  case counted
}

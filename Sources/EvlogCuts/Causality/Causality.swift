import EvlogCore

/// Which events of several lines must come before which others: Lamport's happened-before, with a vector clock
/// for each event.
///
/// A ``CausalityBuilder`` makes it from direct edges. The clock of an event counts, for each line, the events
/// that are in its causal past; the event itself is one of them. Clocks are transitively closed (Fidge, Mattern
/// 1988). Only those clocks are kept that say more than the clock before them in their line: four bytes for
/// each line, and about ten more, for each event that learns something.
///
/// A cut is consistent if it holds the causal past of each of its events. The events of an atomic group are in
/// each other's past, so a consistent cut has all of them or none.
public struct Causality: Sendable {
  /// The lines, in the order of the cuts' positions.
  public let lines: [CausalLine]
  /// How much is known of the events.
  public let statistics: CausalityStatistics
  /// The names of the lines.
  let names: [String]
  /// The number of events of each line.
  let counts: [UInt32]
  /// The events that learn something: those with a row.
  let learners: RankedPositions
  /// The first row of each line; one more at the end.
  let rowStarts: [Int]
  /// The rows, each with a number for each line.
  let clocks: [UInt32]
  /// The first cause of each row; one more at the end.
  let causeStarts: [UInt32]
  /// What each row learns from: no cause follows from the others and the row before.
  let causes: CauseList

  /// The number of lines.
  var width: Int { lines.count }

  /// The bytes that it takes in memory.
  public var byteCount: Int {
    learners.byteCount + clocks.count * 4 + causeStarts.count * 4 + causes.byteCount
  }

  /// The row that holds for an event: its own, or the last one before it in its line.
  @inline(__always)
  func row(_ line: Int, at offset: UInt32) -> Int? { row(line, before: offset + 1) }

  /// The row that holds just before a position of a line: what is known by all events before it.
  @inline(__always)
  func row(_ line: Int, before position: UInt32) -> Int? {
    let rank = learners.rank(line, position)
    return rank > rowStarts[line] ? rank - 1 : nil
  }

  /// How many events of another line are in the past of the events before a position.
  func known(_ line: Int, before position: UInt32, of other: Int) -> UInt32 {
    let learned = row(line, before: position).map { clocks[$0 * width + other] } ?? 0
    return other == line ? max(learned, position) : learned
  }

  /// Raises a vector to include the past of the events before a position, which is not 0.
  func join(_ vector: inout [UInt32], _ line: Int, before position: UInt32) {
    if let row = row(line, before: position) {
      for other in 0..<width { vector[other] = max(vector[other], clocks[row * width + other]) }
    }
    vector[line] = max(vector[line], position)
  }

  /// The first row of a line whose clock has more than `count` events of another; the end of the line's rows
  /// if none has. Clocks only grow along a line.
  func firstRow(_ line: Int, knowingMoreThan count: UInt32, of other: Int) -> Int {
    var (low, high) = (rowStarts[line], rowStarts[line + 1])
    while low < high {
      let middle = (low + high) / 2
      if clocks[middle * width + other] > count { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The event of a row.
  func event(ofRow row: Int, in line: Int) -> CausalEvent {
    CausalEvent(line, learners.position(ofRank: row, in: line))
  }
}

/// How much is known of the events of a causality: an answer is relative to it.
public struct CausalityStatistics: Sendable, Hashable {
  /// The number of events.
  public internal(set) var events: UInt64 = 0
  /// The number of direct edges that were declared.
  public internal(set) var edges: UInt64 = 0
  /// The number of events that have at least one direct cause.
  public internal(set) var effects: UInt64 = 0
  /// The number of atomic groups.
  public internal(set) var atomicGroups: UInt64 = 0
  /// The number of events that are in an atomic group.
  public internal(set) var atomicEvents: UInt64 = 0
  /// The number of references to events that do not exist.
  public internal(set) var danglingReferences: UInt64 = 0
  /// The number of events that know something which the event before them in their line does not.
  public internal(set) var learners: UInt64 = 0
  /// Pairs of events that are in each other's past.
  var mutualPairs: UInt64 = 0
}

/// Direct causes, one after another.
struct CauseList: Sendable {
  private(set) var offsets: [UInt32] = []
  /// The line, and a bit for what is no cause but belongs to the same atomic group.
  private(set) var lines: [UInt16] = []

  private static let atomic: UInt16 = 0x8000
  /// Lines are numbered below this.
  static let lineLimit = 0x7FFF

  init(offsets: [UInt32] = [], lines: [UInt16] = []) {
    (self.offsets, self.lines) = (offsets, lines)
  }

  struct Cause {
    var line: Int
    var offset: UInt32
    var isAtomic: Bool
  }

  var count: Int { offsets.count }
  var byteCount: Int { offsets.count * 6 }

  mutating func reserve(_ count: Int) {
    offsets.reserveCapacity(count)
    lines.reserveCapacity(count)
  }

  mutating func append(_ cause: Cause) {
    offsets.append(cause.offset)
    lines.append(UInt16(cause.line) | (cause.isAtomic ? Self.atomic : 0))
  }

  subscript(index: Int) -> Cause {
    get {
      Cause(
        line: Int(lines[index] & ~Self.atomic), offset: offsets[index],
        isAtomic: lines[index] & Self.atomic != 0)
    }
    set {
      offsets[index] = newValue.offset
      lines[index] = UInt16(newValue.line) | (newValue.isAtomic ? Self.atomic : 0)
    }
  }
}

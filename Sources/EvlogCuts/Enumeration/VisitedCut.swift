public import EvlogCore

/// A consistent cut while it is looked at: a number for each line, and which of them changed.
///
/// It is good until the function that looks at it returns.
public struct VisitedCut: ~Escapable {
  private let numbers: Span<UInt32>
  /// The lines whose positions may have changed since the same judge looked at a cut; all of them the first
  /// time.
  public let changed: Range<Int>

  @_lifetime(copy numbers)
  init(_ numbers: Span<UInt32>, changed: Range<Int>) {
    self.numbers = numbers
    self.changed = changed
  }

  /// The number of lines.
  public var count: Int { numbers.count }

  /// The cut of a line.
  public subscript(line: Int) -> Cut { Cut(UInt64(numbers[line])) }

  /// The number of events of a line in the cut.
  subscript(number line: Int) -> UInt32 { numbers[line] }

  /// The cuts of all lines: a copy.
  public var positions: [Cut] { (0..<count).map { self[$0] } }
}

/// Says whether a predicate holds at a cut. One thread uses it, so it may keep what it made of the lines that
/// have not changed.
public typealias CutJudge = (VisitedCut) throws -> Bool

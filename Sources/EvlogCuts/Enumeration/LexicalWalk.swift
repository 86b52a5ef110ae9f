/// Steps through the consistent cuts between two, in lexical order: the last line moves first.
///
/// The next cut keeps the positions of the first lines, moves one line on by an event whose past they hold, and
/// puts all later lines as low as they may be: to the join of the clocks of the lines before them. That join is
/// kept for each line, so that a step takes the time of one clock, not of all; and none where the event learns
/// nothing (Garg 2003; Chang and Garg's QuickLex 2015). It takes space for a clock for each line, however many
/// cuts there are.
///
/// Every position that is read lies within the tables: no line moves beyond `upper`, and `upper` not beyond the
/// line's end.
@safe struct LexicalWalk: ~Copyable {
  private let width: Int
  private let clocks: UnsafeBufferPointer<UInt32>
  private let words: UnsafeBufferPointer<UInt64>
  private let ranks: UnsafeBufferPointer<UInt32>
  private let wordStarts: UnsafeBufferPointer<Int>
  /// The cut.
  private let positions: UnsafeMutablePointer<UInt32>
  private let upper: UnsafeMutablePointer<UInt32>
  /// The lower bound, and for each line the join of it and the clocks of all lines up to it, where it moved
  /// since an earlier line did.
  private let joins: UnsafeMutablePointer<UInt32>
  /// For each line, which join holds of the lines before it.
  private let sources: UnsafeMutablePointer<Int>

  private init(
    width: Int, clocks: UnsafeBufferPointer<UInt32>, words: UnsafeBufferPointer<UInt64>,
    ranks: UnsafeBufferPointer<UInt32>, wordStarts: UnsafeBufferPointer<Int>
  ) {
    self.width = width
    unsafe self.clocks = unsafe clocks
    unsafe self.words = unsafe words
    unsafe self.ranks = unsafe ranks
    unsafe self.wordStarts = unsafe wordStarts
    unsafe positions = .allocate(capacity: width)
    unsafe upper = .allocate(capacity: width)
    unsafe joins = .allocate(capacity: (width + 1) * width)
    unsafe sources = .allocate(capacity: width + 1)
    unsafe positions.initialize(repeating: 0, count: width)
    unsafe upper.initialize(repeating: 0, count: width)
    unsafe joins.initialize(repeating: 0, count: (width + 1) * width)
    unsafe sources.initialize(repeating: 0, count: width + 1)
  }

  deinit {
    unsafe positions.deallocate()
    unsafe upper.deallocate()
    unsafe joins.deallocate()
    unsafe sources.deallocate()
  }

  /// Makes a walk that is good until `body` returns.
  static func over<Result>(
    _ causality: Causality, _ body: (inout LexicalWalk) throws -> Result
  ) rethrows -> Result {
    let learners = causality.learners
    return try unsafe causality.clocks.withUnsafeBufferPointer { clocks in
      try unsafe learners.words.withUnsafeBufferPointer { words in
        try unsafe learners.ranks.withUnsafeBufferPointer { ranks in
          try unsafe learners.wordStarts.withUnsafeBufferPointer { wordStarts in
            var walk = unsafe LexicalWalk(
              width: causality.width, clocks: clocks, words: words, ranks: ranks,
              wordStarts: wordStarts)
            return try body(&walk)
          }
        }
      }
    }
  }

  /// Begins at a consistent cut; the last will be another one above it.
  mutating func start(at lower: [UInt32], to upper: [UInt32]) {
    for line in 0..<width {
      unsafe self.upper[line] = upper[line]
      unsafe joins[line] = lower[line]
    }
    restart()
  }

  /// Sets the upper bound, before intervals are begun.
  mutating func setUpper(_ upper: [UInt32]) {
    for line in 0..<width { unsafe self.upper[line] = upper[line] }
  }

  /// Adds the next event of a line to the upper bound, and begins at the least cut that holds it. False if
  /// there is none below the bound, because the rest of an atomic group is missing.
  mutating func startInterval(of line: Int) -> Bool {
    let position = unsafe upper[line] + 1
    unsafe upper[line] = position
    // The tables have a word for the position after the last.
    let row = rank(line, position)
    if row > rank(line, 0) {
      for other in 0..<width { unsafe joins[other] = clocks[(row - 1) * width + other] }
    } else {
      for other in 0..<width { unsafe joins[other] = 0 }
    }
    unsafe joins[line] = max(joins[line], position)
    for other in 0..<width where unsafe joins[other] > upper[other] { return false }
    restart()
    return true
  }

  private mutating func restart() {
    for line in 0..<width {
      unsafe positions[line] = joins[line]
      unsafe sources[line] = 0
    }
    unsafe sources[width] = 0
  }

  @inline(__always)
  private func rank(_ line: Int, _ position: UInt32) -> Int {
    let word = unsafe wordStarts[line] &+ Int(position >> 6)
    let before = unsafe words[word] & (1 << UInt64(position & 63) &- 1)
    return unsafe Int(ranks[word]) &+ before.nonzeroBitCount
  }

  /// Moves to the next cut; the first line that moved, or -1 after the last cut.
  @inline(__always)
  mutating func step() -> Int {
    var line = width &- 1
    while line >= 0 {
      let position = unsafe positions[line]
      if unsafe position < upper[line] {
        let word = unsafe wordStarts[line] &+ Int(position >> 6)
        let bit = 1 << UInt64(position & 63) as UInt64
        let learners = unsafe words[word]
        if learners & bit == 0 {
          unsafe positions[line] = position &+ 1
          lower(after: line, to: unsafe sources[line &+ 1])
          return line
        }
        let rank = unsafe Int(ranks[word]) &+ (learners & (bit &- 1)).nonzeroBitCount
        if unsafe moves(line, past: clocks.baseAddress.unsafelyUnwrapped + rank &* width) {
          return line
        }
      }
      line &-= 1
    }
    return -1
  }

  /// Moves a line past an event with a clock, if the lines before it hold its past.
  @inline(__always)
  private mutating func moves(_ line: Int, past clock: UnsafePointer<UInt32>) -> Bool {
    for other in 0..<line where unsafe clock[other] > positions[other] { return false }
    unsafe positions[line] = max(positions[line] &+ 1, clock[line])
    let join = line &+ 1
    if join < width {
      let before = unsafe joins + sources[line] &* width
      let after = unsafe joins + join &* width
      for other in 0..<width { unsafe after[other] = max(before[other], clock[other]) }
      unsafe sources[join] = join
      lower(after: line, to: join)
    }
    return true
  }

  /// Puts all lines after one as low as a join lets them be.
  @inline(__always)
  private mutating func lower(after line: Int, to source: Int) {
    var other = line &+ 1
    while other < width {
      unsafe positions[other] = joins[source &* width &+ other]
      other &+= 1
      unsafe sources[other] = source
    }
  }

  /// The cut, for a judge. It changes with the next step.
  @inline(__always)
  func judge(_ judge: CutJudge, changedFrom line: Int) throws -> Bool {
    let numbers = unsafe UnsafeBufferPointer(start: positions, count: width)
    return try judge(VisitedCut(unsafe numbers.span, changed: line..<width))
  }

  /// A copy of the cut.
  var cut: [UInt32] { (0..<width).map { unsafe positions[$0] } }
}

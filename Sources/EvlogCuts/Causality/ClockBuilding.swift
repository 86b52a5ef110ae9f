import EvlogCore

/// Makes vector clocks of direct edges.
///
/// Only events with edges, the *points*, are looked at. They are a graph: each needs the point before it in its
/// line, and the last point at or before each of its causes. Tarjan's algorithm (1972) walks it depth first and
/// yields its strongly connected components in causal order, so the clocks that a component needs are ready.
/// A component of several points is an atomic group, or several that lie crosswise; or it is a cycle.
struct ClockBuilding {
  let lines: [CausalLine]
  let counts: [UInt32]
  private var statistics: CausalityStatistics
  private var points: RankedPositions
  /// The first point of each line; one more at the end.
  private let starts: [Int]
  let offsets: [UInt32]
  let lineOfPoint: [UInt16]
  /// The first cause of each point; one more at the end.
  let causeStarts: [UInt32]
  private(set) var causes: CauseList
  /// Causes that say nothing new.
  private var isRedundant: [Bool]
  /// A clock for each point, also for those that learn nothing.
  private var clocks: [UInt32]
  private var learns: [Bool]
  /// In which order points were discovered, and components completed; 0 where they were not.
  private var discovery: [UInt32]
  private var lowest: [UInt32]
  private(set) var completion: [UInt32]
  private var completedCount: UInt32 = 0

  init(
    _ lines: [CausalLine], _ edges: [[CausalityBuilder.Edge]], _ statistics: CausalityStatistics
  ) {
    let edgeCount = edges.reduce(0) { $0 + $1.count }
    let counts = lines.map { UInt32($0.end) }
    var (starts, causeStarts, offsets) = ([0], [UInt32](), [UInt32]())
    var lineOfPoint: [UInt16] = []
    var causes = CauseList()
    causes.reserve(edgeCount)
    var statistics = statistics
    var points = RankedPositions(counts: counts)
    for (line, edges) in edges.enumerated() {
      var lastEffect: UInt32?
      for edge in edges {
        if offsets.count == starts[line] || offsets[offsets.count - 1] != edge.effect {
          causeStarts.append(UInt32(causes.count))
          offsets.append(edge.effect)
          lineOfPoint.append(UInt16(line))
          points.insert(line, edge.effect)
        }
        if !edge.cause.isAtomic, lastEffect != edge.effect {
          lastEffect = edge.effect
          statistics.effects += 1
        }
        causes.append(edge.cause)
      }
      starts.append(offsets.count)
    }
    causeStarts.append(UInt32(causes.count))
    points.count()
    self.lines = lines
    self.counts = counts
    self.statistics = statistics
    self.points = points
    self.starts = starts
    self.offsets = offsets
    self.lineOfPoint = lineOfPoint
    self.causeStarts = causeStarts
    self.causes = causes
    isRedundant = Array(repeating: false, count: causes.count)
    clocks = Array(repeating: 0, count: offsets.count * lines.count)
    learns = Array(repeating: true, count: offsets.count)
    discovery = Array(repeating: 0, count: offsets.count)
    lowest = discovery
    completion = discovery
  }

  /// The point before another in its line.
  func previous(_ point: Int) -> Int? {
    point > starts[Int(lineOfPoint[point])] ? point - 1 : nil
  }

  /// The last point at or before a cause, whose clock holds there.
  func point(of cause: CauseList.Cause) -> Int? {
    let rank = points.rank(cause.line, cause.offset + 1)
    return rank > starts[cause.line] ? rank - 1 : nil
  }

  func event(_ point: Int) -> CausalEvent {
    CausalEvent(Int(lineOfPoint[point]), offsets[point])
  }

  func causeRange(_ point: Int) -> Range<Int> {
    Int(causeStarts[point])..<Int(causeStarts[point + 1])
  }

  mutating func causality() throws(CausalityError) -> Causality {
    var open: [Int] = []
    var frames: [(point: Int, next: Int)] = []
    var discovered: UInt32 = 0
    for root in offsets.indices where discovery[root] == 0 {
      func enter(_ point: Int) {
        discovered += 1
        discovery[point] = discovered
        lowest[point] = discovered
        open.append(point)
        frames.append((point, Int(causeStarts[point]) - 1))
      }
      enter(root)
      while let (point, next) = frames.last {
        if next < Int(causeStarts[point + 1]) {
          frames[frames.count - 1].next += 1
          let isFirst = next < Int(causeStarts[point])
          guard let needed = isFirst ? previous(point) : self.point(of: causes[next]) else {
            continue
          }
          if discovery[needed] == 0 {
            enter(needed)
          } else if completion[needed] == 0 {
            lowest[point] = min(lowest[point], discovery[needed])
          }
          continue
        }
        frames.removeLast()
        if let (parent, _) = frames.last { lowest[parent] = min(lowest[parent], lowest[point]) }
        if lowest[point] == discovery[point] {
          let start = open.lastIndex(of: point) ?? 0
          completedCount += 1
          if start == open.count - 1 {
            finish(point)
          } else {
            try finish(open[start...].sorted())
          }
          for member in open[start...] { completion[member] = completedCount }
          open.removeSubrange(start...)
        }
      }
    }
    return compacted()
  }

  /// A point that is in no cycle: joins the clock before it and those of its causes.
  ///
  /// The causes that were completed last come first: what another cause follows from is then known already.
  private mutating func finish(_ point: Int) {
    let width = lines.count
    let (line, slot) = (Int(lineOfPoint[point]), point * lines.count)
    if let before = previous(point) {
      for other in 0..<width { clocks[slot + other] = clocks[before * width + other] }
    }
    clocks[slot + line] = max(clocks[slot + line], offsets[point] + 1)
    let range = causeRange(point)
    if range.count > 1 { sortCauses(range) }
    var learnsAny = false
    for i in range {
      let cause = causes[i]
      if clocks[slot + cause.line] > cause.offset {
        isRedundant[i] = true
      } else {
        learnsAny = true
        join(slot, cause)
      }
    }
    learns[point] = learnsAny
  }

  /// The points of atomic groups, in order: all have the same clock.
  private mutating func finish(_ members: [Int]) throws(CausalityError) {
    try checkAcyclic(members)
    let width = lines.count
    let slot = members[0] * width
    for member in members {
      let line = Int(lineOfPoint[member])
      if let before = previous(member), completion[before] > 0 {
        for other in 0..<width {
          clocks[slot + other] = max(clocks[slot + other], clocks[before * width + other])
        }
      }
      clocks[slot + line] = max(clocks[slot + line], offsets[member] + 1)
      for i in causeRange(member) {
        if let needed = point(of: causes[i]), completion[needed] == 0 {
          clocks[slot + causes[i].line] = max(clocks[slot + causes[i].line], causes[i].offset + 1)
        } else {
          join(slot, causes[i])
        }
      }
    }
    for member in members.dropFirst() {
      for other in 0..<width { clocks[member * width + other] = clocks[slot + other] }
    }
    // Each event from the first to the last member of a line is in the past of all others.
    let first = Dictionary(members.map { (lineOfPoint[$0], offsets[$0]) }) { first, _ in first }
    let size = first.reduce(UInt64(0)) { $0 + UInt64(clocks[slot + Int($1.key)] - $1.value) }
    statistics.mutualPairs += size * (size - 1) / 2
  }

  private mutating func join(_ slot: Int, _ cause: CauseList.Cause) {
    if let needed = point(of: cause) {
      let width = lines.count
      for other in 0..<width {
        clocks[slot + other] = max(clocks[slot + other], clocks[needed * width + other])
      }
    }
    clocks[slot + cause.line] = max(clocks[slot + cause.line], cause.offset + 1)
  }

  private mutating func sortCauses(_ range: Range<Int>) {
    let sorted = range.map { i in
      (cause: causes[i], completion: point(of: causes[i]).map { completion[$0] } ?? 0)
    }.sorted { ($0.completion, $0.cause.offset) > ($1.completion, $1.cause.offset) }
    for (i, one) in zip(range, sorted) { causes[i] = one.cause }
  }

  /// Leaves out the points that learn nothing.
  private mutating func compacted() -> Causality {
    let width = lines.count
    var rowStarts = [0]
    var rowCount = 0
    var rowCauseStarts: [UInt32] = []
    var kept = CauseList()
    for line in lines.indices {
      for point in starts[line]..<starts[line + 1] {
        guard learns[point] else {
          points.remove(line, offsets[point])
          continue
        }
        if rowCount < point {
          for other in 0..<width {
            clocks[rowCount * width + other] = clocks[point * width + other]
          }
        }
        rowCount += 1
        rowCauseStarts.append(UInt32(kept.count))
        for i in causeRange(point) where !isRedundant[i] { kept.append(causes[i]) }
      }
      rowStarts.append(rowCount)
    }
    rowCauseStarts.append(UInt32(kept.count))
    points.count()
    statistics.learners = UInt64(rowCount)
    return Causality(
      lines: lines, statistics: statistics, names: lines.map(\.name), counts: counts,
      learners: points, rowStarts: rowStarts,
      clocks: Array(clocks[..<(rowCount * width)]), causeStarts: rowCauseStarts, causes: kept)
  }
}

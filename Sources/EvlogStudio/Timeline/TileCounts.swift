import EvlogCore

/// How many events of each name there are in each column of a window.
struct TileCounts: Sendable {
  /// The most names that a window has; the last one is that of all others.
  static let nameLimit = 16
  static let others: String = "other"

  let window: TileWindow
  let names: [String]
  /// Column by column, and in each name by name.
  private(set) var cells: [UInt32]
  private let facet: Facet
  /// The place of each numbered name in `names`.
  private let places: [Int32: Int]

  /// The names of a facet come in the order of their counts in the whole log, so they stay the same when the window
  /// moves. Only those that are counted apart in each part are among them.
  init(of window: TileWindow, by facet: Facet, in tiles: Tiles) {
    var totals: [Int32: UInt64] = [:]
    var hidden: Set<Int32> = []
    let partCounts = tiles.parts.map { $0.counts[facet.rawValue] }
    for counts in partCounts {
      let end = counts.rows.count - counts.width
      for (i, name) in counts.names.enumerated() {
        totals[name, default: 0] += UInt64(counts.rows[end + i])
      }
    }
    for counts in partCounts where counts.hasOthers {
      hidden.formUnion(Set(totals.keys).subtracting(counts.names))
    }
    let sorted = totals.keys.filter { !hidden.contains($0) }.sorted {
      (totals[$1, default: 0], $0) < (totals[$0, default: 0], $1)
    }
    let isWhole =
      sorted.count <= Self.nameLimit && hidden.isEmpty
      && !partCounts.contains(where: \.hasOthers)
    let shown = isWhole ? sorted : Array(sorted.prefix(Self.nameLimit - 1))
    self.window = window
    self.facet = facet
    names = shown.map { tiles.names.name(facet, $0) } + (isWhole ? [] : [Self.others])
    places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
    cells = [UInt32](repeating: 0, count: window.columnCount * max(1, names.count))
  }

  /// Counts that are known.
  init(_ window: TileWindow, names: [String], cells: [UInt32]) {
    self.window = window
    self.names = names
    self.cells = cells
    facet = .type
    places = [:]
  }

  private var otherPlace: Int { names.count - 1 }

  subscript(column: Int, name: Int) -> UInt32 { cells[column * names.count + name] }

  /// Counts the events of a part.
  mutating func add(_ part: TilePart, reading read: (Range<Offset>) throws -> EventColumns) throws {
    switch window.axis {
    case .offset: try addByOffset(part, read)
    case .time: try addByTime(part, read)
    }
  }

  private func places(in counts: TilePart.Counts) -> [Int] {
    counts.names.map { places[$0] ?? otherPlace } + [otherPlace]
  }

  /// Adds the difference of two rows of sums.
  private mutating func add(
    _ sums: [UInt32], _ low: Int, _ high: Int, _ places: [Int], to column: Int
  ) {
    let width = places.count
    for (i, place) in places.enumerated() {
      let count = sums[high * width + i] - sums[low * width + i]
      if count > 0 { cells[column * names.count + place] += count }
    }
  }

  /// Adds events one by one, those that are in the window.
  private mutating func add(_ events: EventColumns) {
    let numbers = events.names[facet.rawValue]
    for i in events.times.indices {
      let position =
        window.axis == .time ? events.times[i] : Int64(UInt64(events.first) + UInt64(i))
      guard let column = window.column(of: position) else { continue }
      cells[column * names.count + (places[numbers[i]] ?? otherPlace)] += 1
    }
  }

  private mutating func addByOffset(
    _ part: TilePart, _ read: (Range<Offset>) throws -> EventColumns
  ) throws {
    let wanted = (Offset(UInt64(window.from))..<Offset(UInt64(window.to))).clamped(to: part.offsets)
    guard !wanted.isEmpty else { return }
    let row = Int64(TilePart.rowLength)
    // Columns that are narrower than a row are counted event by event: there are few in the window.
    guard window.step >= row else { return add(try read(wanted)) }
    let counts = part.counts[facet.rawValue]
    let places = places(in: counts)
    let firstRow = Int64(part.firstRow)
    // The rows that are whole in the window; what is left of the first and the last one is read.
    let low =
      wanted.lowerBound == part.offsets.lowerBound
      ? 0 : Int((Int64(wanted.lowerBound) + row - 1) / row - firstRow)
    let high =
      wanted.upperBound == part.offsets.upperBound
      ? part.rowTimes.count : Int(Int64(wanted.upperBound) / row - firstRow)
    guard low < high else { return add(try read(wanted)) }
    let (start, end) = (part.start(ofRow: low), part.offsets(ofRow: high - 1).upperBound)
    if wanted.lowerBound < start { add(try read(wanted.lowerBound..<start)) }
    if end < wanted.upperBound { add(try read(end..<wanted.upperBound)) }
    var from = low
    while from < high {
      let column = Int((Int64(part.start(ofRow: from)) - window.start) / window.step)
      let next = (window.start + Int64(column + 1) * window.step) / row - firstRow
      let to = min(high, Int(next))
      add(counts.rows, from, to, places, to: column)
      from = to
    }
  }

  private mutating func addByTime(
    _ part: TilePart, _ read: (Range<Offset>) throws -> EventColumns
  ) throws {
    guard part.times.lowerBound < window.to, part.times.upperBound >= window.from else { return }
    let counts = part.counts[facet.rawValue]
    let places = places(in: counts)
    if window.step >= 1 << Int64(part.shift) {
      // Columns are whole intervals of the part.
      let bucketCount = counts.buckets.count / counts.width - 1
      func bucket(_ time: Int64) -> Int {
        let bucket = time >> Int64(part.shift) - part.firstBucket
        return Int(min(max(bucket, 0), Int64(bucketCount)))
      }
      let first = Int((max(part.times.lowerBound, window.from) - window.start) / window.step)
      let last = Int((min(part.times.upperBound, window.to - 1) - window.start) / window.step)
      for column in first...last {
        let low = window.start + Int64(column) * window.step
        add(counts.buckets, bucket(low), bucket(low &+ window.step), places, to: column)
      }
      return
    }
    var pending: Range<Offset>?
    for row in part.rowTimes.indices {
      let times = part.rowTimes[row]
      guard times.lowerBound < window.to, times.upperBound >= window.from else { continue }
      if let column = window.column(of: times.lowerBound),
        column == window.column(of: times.upperBound)
      {
        add(counts.rows, row, row + 1, places, to: column)
        continue
      }
      let offsets = part.offsets(ofRow: row)
      if let before = pending, before.upperBound == offsets.lowerBound {
        pending = before.lowerBound..<offsets.upperBound
      } else {
        if let before = pending { add(try read(before)) }
        pending = offsets
      }
    }
    if let rest = pending { add(try read(rest)) }
  }

  /// Stretches of time in which nothing happened, if they take a noticeable part of the window.
  var gaps: [Range<Int64>] {
    guard window.axis == .time, window.columnCount > 0 else { return [] }
    let width = max(4, window.columnCount / 24)
    var gaps: [Range<Int64>] = []
    var start: Int?
    for column in 0...window.columnCount {
      let isEmpty =
        column < window.columnCount
        && !cells[column * names.count..<(column + 1) * names.count].contains { $0 > 0 }
      if isEmpty {
        start = start ?? column
      } else if let first = start {
        if column - first >= width {
          gaps.append(
            window.range(ofColumn: first).lowerBound..<window.range(ofColumn: column - 1).upperBound
          )
        }
        start = nil
      }
    }
    return gaps
  }
}

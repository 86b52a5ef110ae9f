import EvlogCore

/// The events of a stretch of the log, counted: as prefix sums at every row of 256 offsets, and at every one of
/// up to 4096 intervals of time. Any window is a difference of two sums, whatever its length.
///
/// A sealed segment is a part, which never changes, and what is not sealed yet is another one.
final class TilePart: Sendable {
  /// A row has the events whose offsets, divided by this, are the same.
  static let rowLength: UInt64 = 256
  private static let bucketLimit: Int64 = 4096
  /// So many names of a part are counted apart; the rarer ones are counted together.
  private static let nameLimit = 63

  let offsets: Range<Offset>
  /// From the earliest to the latest time in each row, and in all of them.
  let rowTimes: [ClosedRange<Int64>]
  let times: ClosedRange<Int64>
  /// Times of one interval are the same when they are shifted by so many bits.
  let shift: Int
  let counts: [Counts]

  /// The sums of one facet.
  struct Counts: Sendable {
    /// The names that are counted apart, the most frequent first; one more column counts all others.
    let names: [Int32]
    let hasOthers: Bool
    /// For each row, and for the end: how many events of each name come before it.
    let rows: [UInt32]
    /// The same for each interval of time.
    let buckets: [UInt32]

    var width: Int { names.count + 1 }
  }

  var firstRow: UInt64 { UInt64(offsets.lowerBound) / Self.rowLength }
  var firstBucket: Int64 { times.lowerBound >> Int64(shift) }

  init(
    offsets: Range<Offset>, rowTimes: [ClosedRange<Int64>], times: ClosedRange<Int64>, shift: Int,
    counts: [Counts]
  ) {
    self.offsets = offsets
    self.rowTimes = rowTimes
    self.times = times
    self.shift = shift
    self.counts = counts
  }

  /// Counts events, of which there is at least one.
  convenience init(_ events: EventColumns) {
    let (low, high) = events.times.reduce((Int64.max, Int64.min)) {
      (min($0.0, $1), max($0.1, $1))
    }
    var shift = 0
    while (high >> Int64(shift)) - (low >> Int64(shift)) >= Self.bucketLimit { shift += 1 }
    let first = UInt64(events.first)
    var rows: [ClosedRange<Int64>] = []
    for i in events.times.indices {
      let row = Int((first + UInt64(i)) / Self.rowLength - first / Self.rowLength)
      let time = events.times[i]
      if row == rows.count {
        rows.append(time...time)
      } else {
        rows[row] = min(rows[row].lowerBound, time)...max(rows[row].upperBound, time)
      }
    }
    let buckets = Int((high >> Int64(shift)) - (low >> Int64(shift))) + 1
    self.init(
      offsets: events.first..<events.end, rowTimes: rows, times: low...high, shift: shift,
      counts: Facet.allCases.map { facet in
        Self.counts(
          events.names[facet.rawValue], rowCount: rows.count, bucketCount: buckets,
          row: { Int((first + UInt64($0)) / Self.rowLength - first / Self.rowLength) },
          bucket: { Int((events.times[$0] >> Int64(shift)) - (low >> Int64(shift))) })
      })
  }

  private static func counts(
    _ names: [Int32], rowCount: Int, bucketCount: Int, row: (Int) -> Int, bucket: (Int) -> Int
  ) -> Counts {
    var totals: [Int32: Int] = [:]
    for name in names { totals[name, default: 0] += 1 }
    let sorted = totals.keys.sorted {
      (-totals[$0, default: 0], $0) < (-totals[$1, default: 0], $1)
    }
    let apart = Array(sorted.prefix(nameLimit))
    let width = apart.count + 1
    var columns: [Int32: Int] = [:]
    for (i, name) in apart.enumerated() { columns[name] = i }
    var rows = [UInt32](repeating: 0, count: (rowCount + 1) * width)
    var buckets = [UInt32](repeating: 0, count: (bucketCount + 1) * width)
    for (i, name) in names.enumerated() {
      let column = columns[name] ?? apart.count
      rows[(row(i) + 1) * width + column] += 1
      buckets[(bucket(i) + 1) * width + column] += 1
    }
    for i in rows.indices.dropFirst(width) { rows[i] += rows[i - width] }
    for i in buckets.indices.dropFirst(width) { buckets[i] += buckets[i - width] }
    return Counts(
      names: apart, hasOthers: sorted.count > nameLimit, rows: rows, buckets: buckets)
  }

  /// Where a row begins in the log.
  func start(ofRow row: Int) -> Offset {
    max(offsets.lowerBound, Offset((firstRow + UInt64(row)) * Self.rowLength))
  }

  func offsets(ofRow row: Int) -> Range<Offset> {
    start(
      ofRow: row)..<min(
        offsets.upperBound, Offset((firstRow + UInt64(row) + 1) * Self.rowLength))
  }
}

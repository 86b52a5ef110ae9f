import EvlogCore
import EvlogForensics
import EvlogMachine
import EvlogReplay

/// How many events found a state in each region, before every row of 256 events.
///
/// What is in no region, because it is ignored or concerns no state, is counted as other.
struct RegionRows: Sendable {
  let names: [String]
  let end: Cut
  /// Row by row, and for the end: how many events of each name come before it.
  private let sums: [UInt32]
  private let rowCount: Int

  init(_ replayer: Replayer, by rule: RegionRule) throws {
    let end = replayer.history.end
    let length = TilePart.rowLength
    let cuts = Array(stride(from: 0, to: UInt64(end), by: Int(length))).map { Cut($0) } + [end]
    var columns: [Name: Int] = [:]
    var names: [String] = []
    var rows: [[UInt32]] = []
    try replayer.regionCounts(by: rule, at: cuts) { counts in
      var row = [UInt32](repeating: 0, count: names.count)
      for (region, count) in counts {
        if columns[Name(region)] == nil {
          columns[Name(region)] = names.count
          names.append(region)
          row.append(0)
        }
        if let column = columns[Name(region)] { row[column] += UInt32(count) }
      }
      rows.append(row)
    }
    // The most frequent have a column of their own.
    let last = rows.last ?? []
    let order = names.indices.sorted { (last[$1], $0) < (last[$0], $1) }
    let shown = order.prefix(TileCounts.nameLimit - 1)
    self.names = shown.map { names[$0] } + [TileCounts.others]
    self.end = end
    rowCount = cuts.count - 1
    sums = zip(cuts, rows).flatMap { cut, row -> [UInt32] in
      let own = shown.map { $0 < row.count ? row[$0] : 0 }
      return own + [UInt32(UInt64(cut)) - own.reduce(0, +)]
    }
  }

  /// Counts a window, which is widened to whole rows.
  func counts(from: Cut, to: Cut, columns: Int) -> TileCounts {
    let length = TilePart.rowLength
    let low = UInt64(min(from, to)) / length * length
    let high = min(UInt64(end), (UInt64(to) + length - 1) / length * length)
    let most = max(1, Int((max(high, low) - low) / length))
    let window = TileWindow(
      .offset, from: Int64(low), to: Int64(max(low, high)), columns: min(columns, most))
    var cells: [UInt32] = []
    for column in 0..<window.columnCount {
      let range = window.range(ofColumn: column)
      let first = Int(range.lowerBound / Int64(length))
      let last = min(rowCount, Int((range.upperBound + Int64(length) - 1) / Int64(length)))
      for name in names.indices {
        cells.append(sums[last * names.count + name] - sums[first * names.count + name])
      }
    }
    return TileCounts(window, names: names, cells: cells)
  }
}

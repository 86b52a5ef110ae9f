import EvlogCore

/// A window of a timeline, divided into columns of equal width.
///
/// A column's width is a power of two, and columns begin at its multiples, so they are the same ones when the window
/// moves. By offset, the window is what was asked for: its first and last column may be parts. By time, it is widened
/// to whole columns.
struct TileWindow: Sendable, Hashable {
  enum Axis: String, CaseIterable, Sendable { case offset, time }

  let axis: Axis
  /// Offsets, or nanoseconds.
  let from: Int64
  let to: Int64
  /// Where the first column begins, and how wide each is.
  let start: Int64
  let step: Int64
  let columnCount: Int

  init(_ axis: Axis, from: Int64, to: Int64, columns: Int) {
    let length = to > from ? UInt64(bitPattern: to &- from) : 1
    var step: Int64 = 1
    while UInt64(step) < (length - 1) / UInt64(columns) + 1, step < 1 << 62 { step <<= 1 }
    self.axis = axis
    self.step = step
    start = from & ~(step - 1)
    let covered = UInt64(bitPattern: max(to, from) &- start)
    columnCount = to > from ? Int((covered + UInt64(step) - 1) / UInt64(step)) : 0
    self.from = axis == .time ? start : from
    let (end, isBeyond) = start.addingReportingOverflow(Int64(columnCount) &* step)
    self.to = axis == .time ? (isBeyond ? .max : end) : max(to, from)
  }

  /// The column of an offset or a time; nil outside of the window.
  func column(of position: Int64) -> Int? {
    from <= position && position < to ? Int((position - start) / step) : nil
  }

  /// What a column covers, within the window.
  func range(ofColumn i: Int) -> Range<Int64> {
    let low = start + Int64(i) * step
    return max(low, from)..<min(low + step, to)
  }
}

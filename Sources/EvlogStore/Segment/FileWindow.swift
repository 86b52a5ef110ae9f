/// A moving window on a file, so that a walk over small frames is not a system call each.
///
/// It begins with what is asked for, and grows while it is read from front to back.
struct FileWindow {
  let file: File
  private(set) var buffer: [UInt8] = []
  private var start: UInt64 = 0
  private var count = 0
  private var size = 0
  private static let largest = 1 << 20

  init(_ file: File) { self.file = file }

  /// Where in `buffer` the bytes from `position` are; fewer than `count` at the end of the file.
  mutating func range(at position: UInt64, count wanted: Int) throws(EventLogError) -> Range<Int> {
    if position < start || position + UInt64(wanted) > start + UInt64(count) {
      let isSequential = position >= start && position <= start + UInt64(count)
      size = isSequential ? min(max(4096, size * 4), Self.largest) : 0
      count = try file.read(at: position, count: max(wanted, size), into: &buffer)
      start = position
    }
    let from = min(Int(position - start), count)
    return from..<min(from + wanted, count)
  }

  /// Whether the bytes from `position` are all zero, or there are none.
  mutating func isZero(at position: UInt64, count: Int) throws(EventLogError) -> Bool {
    let range = try range(at: position, count: count)
    return buffer[range].allSatisfy { $0 == 0 }
  }

  /// Forgets what it has, for the file may have changed.
  mutating func forget() { count = 0 }
}

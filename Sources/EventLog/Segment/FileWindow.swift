/// A moving window on a file, so that a walk over small frames is not a system call each.
struct FileWindow {
  let file: File
  private var bytes: [UInt8] = []
  private var start: UInt64 = 0
  private static let size = 1 << 20

  init(_ file: File) { self.file = file }

  /// `count` bytes from `position`; fewer at the end of the file.
  mutating func bytes(at position: UInt64, count: Int) throws(EventLogError) -> ArraySlice<UInt8> {
    if position < start || position + UInt64(count) > start + UInt64(bytes.count) {
      bytes = try file.read(at: position, count: max(count, Self.size))
      start = position
    }
    let from = Int(position - start)
    return bytes[min(from, bytes.count)..<min(from + count, bytes.count)]
  }
}

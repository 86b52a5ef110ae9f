import SystemPackage

/// Files of zeros that are already on disk. Each becomes an active segment without waiting.
///
/// Writing into them changes no metadata of the file system, so a sync of many bytes takes about half
/// the time of one that makes a file grow.
struct SpareSegments {
  private let layout: StoreLayout
  private let segmentBytes: UInt64
  /// The numbers in the names of those that are there.
  private var numbers: [Offset] = []

  /// Those that an earlier writer left.
  init(_ layout: StoreLayout, segmentBytes: UInt64) throws(EventLogError) {
    self.layout = layout
    self.segmentBytes = segmentBytes
    for name in try layout.listSegments() where name.suffix == .spare { numbers.append(name.base) }
  }

  /// How many segments it takes to have so many bytes.
  func count(for bytes: Int) -> Int {
    bytes > 0 ? Int((UInt64(bytes) - 1) / max(1, segmentBytes)) + 1 : 0
  }

  var count: Int { numbers.count }

  /// Takes one out, which is then the caller's to rename.
  mutating func take() -> FilePath? {
    numbers.popLast().map { layout.segment(base: $0, .spare) }
  }

  /// The number of the next one to be made.
  var nextNumber: Offset { (numbers.max() ?? 0) + 1 }

  mutating func add(_ number: Offset) { numbers.append(number) }

  /// Makes a spare of a number, durable under its name.
  static func make(_ number: Offset, _ layout: StoreLayout, byteCount: UInt64)
    throws(EventLogError)
  {
    let unfinished = layout.segment(base: number, .unfinishedSpare)
    do throws(EventLogError) {
      try layout.system.removeIfPresent(unfinished)
      let file = try File(unfinished, .create, layout.system)
      try file.writeZeros(0..<byteCount)
      try file.sync()
      try layout.system.rename(unfinished, to: layout.segment(base: number, .spare))
      try layout.system.syncDirectory(layout.segments)
    } catch {
      layout.system.removeUnfinished(unfinished)
      throw error
    }
  }
}

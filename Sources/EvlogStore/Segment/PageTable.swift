/// Where the pages of a block are: first those of the ids, then those of the payloads.
struct PageTable {
  struct Page: BitwiseCopyable {
    /// Where it begins in the block's part.
    var start: Int
    var stored: Int
    var checksum: UInt32
  }

  private(set) var ids: [Page] = []
  private(set) var payload: [Page] = []
  /// The bytes of the table itself.
  private(set) var byteCount = 0

  init() {}

  /// Reads the table of a block from the beginning of its front.
  init(_ front: Span<UInt8>, _ header: PagedBlockHeader) throws(ByteReader.Malformed) {
    var reader = ByteReader(front)
    ids = try Self.pages(header.ids, header.pageBytes, &reader)
    payload = try Self.pages(header.payload, header.pageBytes, &reader)
    byteCount = reader.position
  }

  @_lifetime(reader: copy reader)
  private static func pages(
    _ part: PagedBlockHeader.Part, _ pageBytes: Int, _ reader: inout ByteReader
  ) throws(ByteReader.Malformed) -> [Page] {
    let count = (Int(part.raw) + pageBytes - 1) / pageBytes
    // Each takes five bytes at least, so a damaged count cannot ask for all of memory.
    guard count <= reader.remaining / 5 else {
      throw ByteReader.Malformed(position: reader.position)
    }
    var pages: [Page] = []
    pages.reserveCapacity(count)
    var start = 0
    for _ in 0..<count {
      let stored = try reader.count(upTo: pageBytes)
      pages.append(
        Page(start: start, stored: stored, checksum: try reader.littleEndian(UInt32.self)))
      start += stored
    }
    guard start == Int(part.stored) else { throw ByteReader.Malformed(position: reader.position) }
    return pages
  }

  static func append(stored: Int, checksum: UInt32, to bytes: inout [UInt8]) {
    bytes.appendVarint(UInt64(stored))
    bytes.appendLittleEndian(checksum)
  }
}

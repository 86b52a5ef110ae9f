/// What precedes a block of a sealed segment, in the format of the segment.
enum BlockHeader: Sendable, Equatable {
  /// Of the formats 3 and 4: two columns, each compressed as a whole.
  case columns(ColumnBlockHeader)
  /// Of format 5: payloads in pages.
  case pages(PagedBlockHeader)

  /// What a header takes at most.
  static let mostBytes = PagedBlockHeader.byteCount

  /// Nil where there is no header, or its checksum does not hold.
  init?(decoding bytes: Span<UInt8>, salt: UInt64, position: UInt64) {
    guard bytes.count > 4 else { return nil }
    switch bytes[4] {
    case ColumnBlockHeader.kind:
      guard let header = ColumnBlockHeader(decoding: bytes, salt: salt, position: position) else {
        return nil
      }
      self = .columns(header)
    case PagedBlockHeader.kind:
      guard let header = PagedBlockHeader(decoding: bytes, salt: salt, position: position) else {
        return nil
      }
      self = .pages(header)
    default: return nil
    }
  }

  var offsets: Range<Offset> {
    switch self {
    case .columns(let header): header.offsets
    case .pages(let header): header.offsets
    }
  }

  /// The bytes of the block in the file, and those of the header itself.
  var byteCount: UInt64 {
    switch self {
    case .columns(let header): header.byteCount
    case .pages(let header): header.byteCount
    }
  }
  var headerBytes: Int {
    switch self {
    case .columns: ColumnBlockHeader.byteCount
    case .pages: PagedBlockHeader.byteCount
    }
  }

  /// What its events take before compression.
  var rawByteCount: UInt64 {
    switch self {
    case .columns(let header): UInt64(header.envelopesRaw) + UInt64(header.payloadRaw)
    case .pages(let header):
      UInt64(header.front) + UInt64(header.names.raw) + UInt64(header.ids.raw)
        + UInt64(header.payload.raw)
    }
  }
}

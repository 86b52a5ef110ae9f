/// A sorted part of a sealed segment's index, in pages that are read one by one.
///
/// The directory says where each page is and with which key it begins. So a lookup reads one page,
/// and memory holds the directory alone, a few bytes for each thousand entries.
struct PageDirectory: Sendable {
  /// How many raw bytes a page collects. To find one entry, half of them are looked at.
  static let pageBytes = 4 << 10

  struct Page: Sendable {
    var section: SealedTrailer.Section
    /// The key of its first entry.
    var firstKey: [UInt8]
  }

  private(set) var pages: [Page] = []

  init() {}

  mutating func add(_ section: SealedTrailer.Section, firstKey: [UInt8]) {
    pages.append(Page(section: section, firstKey: firstKey))
  }

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVarint(UInt64(pages.count))
    for page in pages {
      bytes.appendVarint(page.section.position)
      bytes.appendVarint(UInt64(page.section.stored))
      bytes.appendVarint(UInt64(page.section.raw))
      bytes.appendLittleEndian(page.section.checksum)
      bytes.appendVarint(UInt64(page.firstKey.count))
      bytes.append(contentsOf: page.firstKey)
    }
    return bytes
  }

  @_lifetime(reader: copy reader)
  init(decoding reader: inout ByteReader) throws(ByteReader.Malformed) {
    var end: UInt64 = 0
    for _ in 0..<(try reader.count(upTo: reader.remaining)) {
      let section = SealedTrailer.Section(
        position: try reader.varint(), stored: UInt32(try reader.count(upTo: Int(UInt32.max))),
        raw: UInt32(try reader.count(upTo: Int(UInt32.max))),
        checksum: try reader.littleEndian(UInt32.self))
      // Pages lie one after the other: no few bytes are read as many pages.
      guard section.position >= end, section.position <= UInt64(Int64.max) else {
        throw ByteReader.Malformed(position: reader.position)
      }
      end = section.position + UInt64(section.stored)
      let key = reader.bytes.extracting(try reader.text())
      pages.append(Page(section: section, firstKey: key.copied()))
    }
  }

  /// The pages in which entries of a key may be, for a key that more than one entry may have.
  func pages(for key: Span<UInt8>) -> ArraySlice<Page> {
    let after = pages.partitioningIndex { precedes(key, $0.firstKey.span) }
    let first = pages.partitioningIndex { !precedes($0.firstKey.span, key) }
    return pages[max(0, first - 1)..<max(after, max(0, first - 1))]
  }

  /// The page in which a key is, if it is anywhere.
  func page(for key: Span<UInt8>) -> Page? {
    let after = pages.partitioningIndex { precedes(key, $0.firstKey.span) }
    return after == 0 ? nil : pages[after - 1]
  }
}

/// Which streams and turn ids a segment surely does not have: a Bloom filter over their hashes.
///
/// B. H. Bloom, "Space/time trade-offs in hash coding with allowable errors", 1970. With ten bits a
/// name and seven probes, one in a hundred strangers is let through.
struct NameFilter: Sendable {
  private static let bitsPerName = 10
  private static let probes: UInt64 = 7

  private(set) var bytes: [UInt8]

  init(nameCount: Int) {
    bytes = [UInt8](repeating: 0, count: (nameCount * Self.bitsPerName + 7) / 8)
  }

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func add(_ hash: UInt64) {
    Self.forEachBit(of: hash, bitCount: bytes.count * 8) {
      bytes[$0 &>> 3] |= 1 &<< UInt8($0 & 7)
      return true
    }
  }

  func mayHave(_ hash: UInt64) -> Bool {
    if bytes.isEmpty { return false }
    return Self.forEachBit(of: hash, bitCount: bytes.count * 8) {
      bytes[$0 &>> 3] & 1 &<< UInt8($0 & 7) != 0
    }
  }

  /// The bits of a hash, as long as the body wants more; whether it wanted them all.
  @discardableResult
  private static func forEachBit(of hash: UInt64, bitCount: Int, _ body: (Int) -> Bool) -> Bool {
    let step = hash &<< 32 | hash &>> 32 | 1
    var value = hash
    for _ in 0..<probes {
      guard body(Int(value.multipliedFullWidth(by: UInt64(bitCount)).high)) else { return false }
      value &+= step
    }
    return true
  }
}

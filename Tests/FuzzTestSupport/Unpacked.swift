import EvlogStore

/// A sealed segment in which nothing is compressed, and whose index has many small pages: what is
/// changed in it goes where it was meant to go, not into a compressor's back references.
struct Unpacked {
  /// How many bytes of entries a page collects.
  private static let pageBytes = 120

  private let old: FileBytes
  private let trailer: Int
  private var new: FileBytes
  /// Where the index begins in the new file.
  private(set) var indexStart = 0

  var bytes: [UInt8] { new.bytes }

  /// Nil where the file is not a whole sealed segment.
  init?(_ sealed: [UInt8]) {
    old = FileBytes(sealed)
    trailer = sealed.count - 192
    guard trailer >= 64 else { return nil }
    new = FileBytes(Array(sealed[..<64]))
    guard rewrite() else { return nil }
    new.bytes = Restamp.segment(new.bytes, linksFrames: false)
  }

  private mutating func rewrite() -> Bool {
    appendDictionary()
    guard var blocks = section(0), let types = section(1), let filter = section(4),
      rewriteBlocks(&blocks)
    else { return false }
    let dictionary = new.count
    appendDictionary()
    indexStart = new.count
    guard let streams = rewritePages(2, keyed: streamEntry),
      let turns = rewritePages(3, keyed: turnEntry)
    else { return false }
    var end = Array(old.bytes[trailer...])
    end.replaceSubrange(160..<168, with: FileBytes.littleEndian(UInt64(dictionary), 8))
    for (i, section) in [blocks, types, streams, turns, filter].enumerated() {
      let place =
        FileBytes.littleEndian(UInt64(new.count), 8)
        + FileBytes.littleEndian(UInt64(section.count), 4)
        + FileBytes.littleEndian(UInt64(section.count), 4)
      end.replaceSubrange((i * 20)..<(i * 20 + 16), with: place)
      new.bytes += section
    }
    new.bytes += end
    return true
  }

  private func raw(_ position: UInt64, _ stored: UInt64, _ raw: UInt64) -> [UInt8]? {
    guard position + stored <= UInt64(old.count) else { return nil }
    return LZ4.raw(old.bytes[Int(position)..<Int(position + stored)], rawCount: Int(raw))
  }

  private func section(_ i: Int) -> [UInt8]? {
    let at = trailer + i * 20
    return raw(old.number(at, 8), old.number(at + 8), old.number(at + 12))
  }

  /// A dictionary, although nothing is compressed with it: what is changed may be.
  private mutating func appendDictionary() {
    let text = Array("{\"turn\":\"event\":\"text\":\"xxxxxxxxxxxxxxxxxxxxxxxxx".utf8)
    let count = FileBytes.littleEndian(UInt64(text.count), 4)
    new.bytes += [0, 0, 0, 0, 3, 0, 0, 0] + count + count + [0, 0, 0, 0, 0, 0, 0, 0] + text
  }

  /// Each block's parts as they are, and its entry in the index to match.
  private mutating func rewriteBlocks(_ index: inout [UInt8]) -> Bool {
    var entries = FileBytes(index)
    for entry in stride(from: 0, to: index.count, by: 64) {
      let at = Int(entries.number(entry, 8))
      func count(_ field: Int) -> Int { Int(old.number(at + field)) }
      let pageBytes = 1 << Int(old.bytes[at + 5])
      let names = at + 64 + count(20)
      guard let list = raw(UInt64(names), UInt64(count(24)), UInt64(count(28))) else {
        return false
      }
      var (table, page) = (at + 64, names + count(24))
      var front: [UInt8] = []
      var pages: [UInt8] = []
      for whole in [count(36), count(44)] {
        for first in stride(from: 0, to: whole, by: pageBytes) {
          let rawCount = min(pageBytes, whole - first)
          guard let (stored, next) = old.varint(table),
            let bytes = raw(UInt64(page), stored, UInt64(rawCount))
          else { return false }
          front += FileBytes.varint(rawCount) + [0, 0, 0, 0]
          pages += bytes
          (table, page) = (next + 4, page + Int(stored))
        }
      }
      front += old.bytes[table..<names]
      var header = FileBytes(Array(old.bytes[at..<(at + 64)]))
      header.put(UInt64(front.count), at: 20)
      for field in [24, 32, 40] { header.put(old.number(at + field + 4), at: field) }
      entries.put(UInt64(new.count), at: entry, 8)
      entries.put(UInt64(64 + front.count), at: entry + 20)
      entries.put(UInt64(64 + front.count + list.count + pages.count), at: entry + 24, 8)
      new.bytes += header.bytes + front + list + pages
    }
    index = entries.bytes
    return true
  }

  /// Divides a section's pages into small ones; their directory.
  private mutating func rewritePages(
    _ section: Int, keyed entry: (FileBytes, Int) -> (key: Range<Int>, next: Int)?
  ) -> [UInt8]? {
    guard let directory = self.section(section).map(FileBytes.init),
      let (count, first) = directory.varint(0)
    else { return nil }
    var at = first
    var pages: [(page: [UInt8], key: [UInt8])] = []
    for _ in 0..<count {
      guard let (position, a) = directory.varint(at), let (stored, b) = directory.varint(a),
        let (rawCount, c) = directory.varint(b), let (keyCount, d) = directory.varint(c + 4),
        let page = raw(position, stored, rawCount).map(FileBytes.init)
      else { return nil }
      at = d + Int(keyCount)
      var start = 0
      var isNew = true
      while start < page.count {
        guard let (key, next) = entry(page, start) else { return nil }
        if isNew { pages.append(([], Array(page.bytes[key]))) }
        pages[pages.count - 1].page += page.bytes[start..<next]
        isNew = pages[pages.count - 1].page.count >= Self.pageBytes
        start = next
      }
    }
    var result = FileBytes.varint(pages.count)
    for (page, key) in pages {
      result += FileBytes.varint(new.count) + FileBytes.varint(page.count)
      result += FileBytes.varint(page.count) + [0, 0, 0, 0]
      result += FileBytes.varint(key.count) + key
      new.bytes += page
    }
    return result
  }

  private func streamEntry(_ page: FileBytes, _ at: Int) -> (key: Range<Int>, next: Int)? {
    guard let (nameCount, name) = page.varint(at),
      let (_, a) = page.varint(name + Int(nameCount)), let (_, b) = page.varint(a),
      let (listCount, list) = page.varint(b)
    else { return nil }
    return (name..<(name + Int(nameCount)), list + Int(listCount))
  }

  private func turnEntry(_ page: FileBytes, _ at: Int) -> (key: Range<Int>, next: Int)? {
    guard let (_, a) = page.varint(at + 6), let (_, b) = page.varint(a) else { return nil }
    return (at..<(at + 6), b)
  }
}

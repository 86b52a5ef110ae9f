/// Makes the checksums of a changed file right again, as far as its structure can be followed: or
/// everything that is tried would stop at the first of them.
enum Restamp {
  /// A segment file of either kind. `linksFrames`: whether frames name the one before, too.
  static func segment(_ bytes: [UInt8], linksFrames: Bool) -> [UInt8] {
    var file = FileBytes(bytes)
    guard file.count >= 64 else { return bytes }
    file.put(file.checksum(0..<60), at: 60)
    if file.bytes[12] == 2 { sealed(&file) } else { active(&file, linksFrames: linksFrames) }
    return file.bytes
  }

  private static func active(_ file: inout FileBytes, linksFrames: Bool) {
    let salt = file.number(40, 8)
    var position = 64
    var previous = file.number(56)
    while position + 48 <= file.count,
      file.bytes[position..<(position + 48)].contains(where: { $0 != 0 })
    {
      let total = 48 + (Int(file.number(position + 8)) + 7) & ~7
      let isWhole = total <= file.count - position
      if linksFrames { file.put(previous, at: position + 36) }
      if isWhole {
        file.put(file.checksum((position + 48)..<(position + total)), at: position + 40)
      }
      previous = file.checksum(
        (position + 4)..<(position + 48), after: FileBytes.placeSeed(salt: salt, position))
      file.put(previous, at: position)
      if !isWhole { return }
      position += total
    }
  }

  private static func sealed(_ file: inout FileBytes) {
    let salt = file.number(40, 8)
    var position = 64
    while let end = part(at: position, salt, &file) { position = end }
    let trailer = file.count - 192
    guard trailer >= 64 else { return }
    // The directories of streams and turns have checksums of pages, so they come first.
    for section in [2, 3] {
      if let range = range(of: section, file, trailer) { directory(range, &file) }
    }
    for section in 0..<5 {
      guard let range = range(of: section, file, trailer) else { continue }
      file.put(file.checksum(range), at: trailer + section * 20 + 16)
    }
    file.put(
      file.checksum(
        trailer..<(trailer + 180), after: FileBytes.placeSeed(salt: salt, trailer)),
      at: trailer + 180)
  }

  /// A block, or a copy of the dictionary; where it ends, if that is in the file.
  private static func part(at position: Int, _ salt: UInt64, _ file: inout FileBytes) -> Int? {
    guard position + 24 <= file.count else { return nil }
    func count(_ at: Int) -> Int { Int(file.number(position + at)) }
    let (header, end): (Int, Int)
    switch file.bytes[position + 4] {
    case 2:
      let envelopes = position + 48 + count(20)
      (header, end) = (48, envelopes + count(28))
      if end <= file.count {
        file.put(file.checksum((position + 48)..<envelopes), at: position + 36)
        file.put(file.checksum(envelopes..<end), at: position + 40)
      }
    case 3:
      (header, end) = (24, position + 24 + count(8))
      if end <= file.count {
        file.put(file.checksum((position + 24)..<end), at: position + 16)
      }
    case 4:
      let names = position + 64 + count(20)
      let pages = names + count(24)
      (header, end) = (64, pages + count(32) + count(40))
      if end <= file.count {
        pagesOf(position, from: pages, names, &file)
        file.put(file.checksum((position + 64)..<names), at: position + 48)
        file.put(file.checksum(names..<pages), at: position + 52)
      }
    default: return nil
    }
    guard position + header <= file.count else { return nil }
    file.put(
      file.checksum(
        (position + 4)..<(position + header), after: FileBytes.placeSeed(salt: salt, position)),
      at: position)
    return end <= file.count ? end : nil
  }

  /// The checksums in a block's table of pages, of which the first page is at `first`.
  private static func pagesOf(
    _ block: Int, from first: Int, _ frontEnd: Int, _ file: inout FileBytes
  ) {
    let pageBytes = 1 << Int(file.bytes[block + 5] & 31)
    let counts = [36, 44].map { (Int(file.number(block + $0)) + pageBytes - 1) / pageBytes }
    var (at, page) = (block + 64, first)
    for _ in 0..<min(counts.reduce(0, +), 1000) {
      guard let (stored, next) = file.varint(at), next + 4 <= frontEnd,
        let bytes = range(UInt64(page), stored, file)
      else { return }
      file.put(file.checksum(bytes), at: next)
      (at, page) = (next + 4, bytes.upperBound)
    }
  }

  private static func range(of section: Int, _ file: FileBytes, _ trailer: Int) -> Range<Int>? {
    let at = trailer + section * 20
    return range(file.number(at, 8), file.number(at + 8), file)
  }

  private static func range(_ position: UInt64, _ count: UInt64, _ file: FileBytes) -> Range<Int>? {
    guard position <= UInt64(file.count), count <= UInt64(file.count) - position else { return nil }
    return Int(position)..<Int(position + count)
  }

  /// The checksums of the pages in a directory that is not compressed.
  private static func directory(_ section: Range<Int>, _ file: inout FileBytes) {
    guard let (count, first) = file.varint(section.lowerBound) else { return }
    var at = first
    for _ in 0..<min(count, 1000) {
      guard at < section.upperBound, let (position, a) = file.varint(at),
        let (stored, b) = file.varint(a), let (_, c) = file.varint(b), c + 4 <= section.upperBound
      else { return }
      if let page = range(position, stored, file) { file.put(file.checksum(page), at: c) }
      guard let (keyCount, d) = file.varint(c + 4), keyCount <= UInt64(section.upperBound) else {
        return
      }
      at = d + Int(keyCount)
    }
  }

  /// The file `EVLOG`: its last line.
  static func identity(_ bytes: [UInt8]) -> [UInt8] {
    let mark = Array("checksum ".utf8)
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)
    guard lines.last?.starts(with: mark) == true else { return bytes }
    lines.removeLast()
    let covered = lines.flatMap { $0 + [0x0A] }
    return covered + mark + Array(String(FileBytes.checksum(covered), radix: 16).utf8) + [0x0A]
  }

  /// The file `DURABLE`.
  static func mark(_ bytes: [UInt8]) -> [UInt8] {
    var file = FileBytes(bytes)
    if file.count >= 64 { file.put(file.checksum(0..<60), at: 60) }
    return file.bytes
  }
}

import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

/// A file of an index: what the events between two cuts wrote, in the order of the paths.
///
/// A line with the length and the digest of the header; the header, a line of JSON, which says where each block
/// is and with which path it begins; the blocks: lines of records, compressed.
struct WriteIndexFile {
  private static let magic = "EVLOGWRT 1 "
  /// Lines of about so many bytes are compressed together.
  private static let blockBytes = 64 << 10
  /// The first line is shorter than this.
  private static let firstLineLimit = 100

  /// A block of lines, compressed.
  private struct Block {
    let first: PlaceKeyBound
    let position: Int
    let storedCount: Int
    let rawCount: Int
    let digest: Digest
  }

  let name: String
  let from: Cut
  let to: Cut
  /// The digests of the log before the two cuts.
  let fromDigest: Digest
  let toDigest: Digest
  let rawBytes: Int
  private let blocks: [Block]

  // MARK: Writing

  /// Of lines in their order.
  static func encoded(
    _ lines: [ArraySlice<UInt8>], from: Cut, to: Cut, _ digests: (from: Digest, to: Digest),
    of machine: MachineDescriptor
  ) -> [UInt8] {
    var stored: [UInt8] = []
    var blocks: [JSONValue] = []
    var raw: [UInt8] = []
    var first: ArraySlice<UInt8> = []
    func finish() {
      guard !raw.isEmpty else { return }
      let bytes = LZ4.stored(raw)
      blocks.append(
        .array([
          .string(String(decoding: first.prefix { $0 != UInt8(ascii: "\t") }, as: UTF8.self)),
          .int(bytes.count), .int(raw.count), .string("\(Digest(of: bytes))"),
        ]))
      stored += bytes
      raw.removeAll(keepingCapacity: true)
    }
    for line in lines {
      if raw.isEmpty { first = line }
      raw += line
      raw.append(0x0A)
      if raw.count >= blockBytes { finish() }
    }
    finish()
    let header = JSONValue.object([
      ("fingerprint", .string("\(machine.fingerprint)")), ("from", .int(from)), ("to", .int(to)),
      ("fromDigest", .string("\(digests.from)")), ("toDigest", .string("\(digests.to)")),
      ("blocks", .array(blocks)),
    ]).canonicalBytes
    return Array("\(magic)\(header.count) \(Digest(of: header))\n".utf8) + header + stored
  }

  static func name(of machine: MachineDescriptor, to cut: Cut) -> String {
    machine.cacheName(machine.fingerprint, at: cut) + CacheName.writes
  }

  // MARK: Reading

  /// The cuts to which there are files of a machine, with their names, the lowest first.
  static func all(of machine: MachineDescriptor, _ snapshots: SnapshotStore) throws(EventLogError)
    -> [(to: Cut, name: String)]
  {
    try snapshots.files.names().compactMap { fileName in
      guard let name = CacheName(fileName, suffix: CacheName.writes),
        name.belongs(to: machine.fingerprint)
      else { return nil }
      return (name.cut, fileName)
    }.sorted { $0.to < $1.to }
  }

  /// Reads the header. Throws `Unusable` where it is damaged or belongs to another machine.
  init(_ name: String, of machine: MachineDescriptor, _ snapshots: SnapshotStore) throws {
    self.name = name
    let start = try snapshots.files.read(name, at: 0, count: Self.firstLineLimit)
    guard let newline = start.firstIndex(of: 0x0A), start.starts(with: Array(Self.magic.utf8))
    else {
      throw Unusable("it is not an index of writes of this format version")
    }
    let words = String(decoding: start[Self.magic.utf8.count..<newline], as: UTF8.self)
      .split(separator: " ")
    guard words.count == 2, let count = Int(words[0]), count >= 0, count < 1 << 30,
      let digest = Digest(words[1])
    else { throw Unusable("it is damaged") }
    let header = try snapshots.files.read(name, at: newline + 1, count: count)
    guard header.count == count, Digest(of: header) == digest,
      let fields = JSONValue(validating: header[...]),
      let from = fields["from"]?.integer(Cut.self), let to = fields["to"]?.integer(Cut.self),
      let fromDigest = fields["fromDigest"]?.stringValue.flatMap({ Digest($0) }),
      let toDigest = fields["toDigest"]?.stringValue.flatMap({ Digest($0) }),
      let blocks = fields["blocks"]?.arrayValue
    else { throw Unusable("it is damaged") }
    guard fields["fingerprint"]?.stringValue == "\(machine.fingerprint)" else {
      throw Unusable("it belongs to another machine", .mismatch)
    }
    self.from = from
    self.to = to
    self.fromDigest = fromDigest
    self.toDigest = toDigest
    var position = newline + 1 + count
    self.blocks = try blocks.map { item in
      guard let parts = item.arrayValue, parts.count == 4, let first = parts[0].stringValue,
        let storedCount = parts[1].integer(Int.self), let rawCount = parts[2].integer(Int.self),
        let digest = parts[3].stringValue.flatMap({ Digest($0) })
      else { throw Unusable("it is malformed") }
      defer { position += storedCount }
      return Block(
        first: PlaceKeyBound(Array(first.utf8)), position: position, storedCount: storedCount,
        rawCount: rawCount, digest: digest)
    }
    rawBytes = self.blocks.reduce(0) { $0 + $1.rawCount }
  }

  /// The numbers of the blocks that may contain paths of a range.
  private func blocks(of range: Range<PlaceKeyBound>) -> Range<Int> {
    // A place's records may begin in the block before the one that begins with it.
    let low = max(blocks.partitioningIndex { $0.first >= range.lowerBound } - 1, 0)
    return low..<max(low, blocks.partitioningIndex { $0.first >= range.upperBound })
  }

  /// The most bytes that must be searched for a range of paths.
  func cost(of range: Range<PlaceKeyBound>) -> Int {
    blocks[blocks(of: range)].reduce(0) { $0 + $1.rawCount }
  }

  /// The lines of a block. Throws `Unusable` where it is damaged.
  private func lines(_ block: Block, _ snapshots: SnapshotStore) throws -> [ArraySlice<UInt8>] {
    let stored = try snapshots.files.read(
      name, at: block.position, count: block.storedCount)
    guard stored.count == block.storedCount, Digest(of: stored) == block.digest,
      let raw = LZ4.raw(stored[...], rawCount: block.rawCount)
    else { throw Unusable("a block of it is damaged") }
    return raw.split(separator: 0x0A)
  }

  /// The records of the paths of a range before a cut.
  func records(of range: Range<PlaceKeyBound>, before cut: Cut, _ snapshots: SnapshotStore) throws
    -> [WriteRecord]
  {
    var records: [WriteRecord] = []
    for block in blocks[blocks(of: range)] {
      for line in try lines(block, snapshots) {
        let key = line.prefix { $0 != UInt8(ascii: "\t") }
        if key.lexicographicallyPrecedes(range.lowerBound.bytes) { continue }
        if !key.lexicographicallyPrecedes(range.upperBound.bytes) { break }
        guard let record = WriteRecord(line) else { throw Unusable("it is malformed") }
        if record.offset < cut.offsetAfter { records.append(record) }
      }
    }
    return records
  }

  /// All lines, in their order.
  func lines(_ snapshots: SnapshotStore) throws -> [ArraySlice<UInt8>] {
    try blocks.flatMap { try lines($0, snapshots) }
  }
}

import SystemPackage

/// What is at the place of a block.
struct BlockLook {
  /// Its header, where its checksum holds and it ends within the file.
  var header: BlockHeader?
  /// Whether its envelopes are whole, and were decoded; the payloads may be damaged then.
  var hasEnvelopes = false
  /// Why it is not whole; nil where it is.
  var problem: String?
}

extension Inspector {
  func blockHeader(_ bytes: [UInt8], at position: UInt64, salt: UInt64) -> FileInspection.Part {
    var fields = FieldReader(Array(bytes.prefix(BlockHeader.byteCount)), at: position)
    fields.checksum(
      "header checksum", bytes.count >= 48 ? headerChecksum(bytes, salt, position) : nil)
    fields.number("kind", UInt8.self) { $0 == BlockHeader.kind ? "2: a block" : "\($0)" }
    fields.reserved(3)
    fields.number("first offset", UInt64.self)
    fields.number("events", UInt32.self)
    fields.number("envelopes stored", UInt32.self) { "\($0) bytes" }
    fields.number("envelopes raw", UInt32.self) { "\($0) bytes" }
    fields.number("payloads stored", UInt32.self) { "\($0) bytes" }
    fields.number("payloads raw", UInt32.self) { "\($0) bytes" }
    fields.number("envelopes checksum", UInt32.self) { Inspector.hex($0) }
    fields.number("payloads checksum", UInt32.self) { Inspector.hex($0) }
    fields.reserved(4)
    return fields.part("block header")
  }

  /// Looks at the bytes at the place of a block, and decodes it into the memory given.
  func lookAtBlock(
    at position: UInt64, _ file: File, _ salt: UInt64, into block: inout EventBlock
  ) throws(EventLogError) -> BlockLook {
    let front = try file.read(at: position, count: BlockHeader.byteCount)
    guard front.count == BlockHeader.byteCount else {
      return BlockLook(problem: "the file ends inside of the block's header")
    }
    guard front[4] == BlockHeader.kind else {
      return BlockLook(problem: "its kind is \(front[4]), and a block's is \(BlockHeader.kind)")
    }
    guard let header = BlockHeader(decoding: front.span, salt: salt, position: position) else {
      return BlockLook(
        problem:
          "its header's checksum is \(Self.hex(front.loadLittleEndian(UInt32.self, at: 0))), "
          + "but the bytes have \(Self.hex(headerChecksum(front, salt, position)))")
    }
    let size = try file.size()
    guard header.byteCount <= size - position else {
      return BlockLook(
        problem: "it ends at byte \(position + header.byteCount), and the file at byte \(size)")
    }
    let columns = try file.read(
      at: position + UInt64(BlockHeader.byteCount),
      count: Int(header.byteCount) - BlockHeader.byteCount)
    var look = BlockLook(header: header)
    look.hasEnvelopes = header.decodeEnvelopes(columns.span, into: &block)
    let hasPayload = header.decodePayload(columns.span, into: &block)
    if !look.hasEnvelopes || !hasPayload { look.problem = problem(header, columns, look) }
    return look
  }

  private func problem(_ header: BlockHeader, _ columns: [UInt8], _ look: BlockLook) -> String {
    let middle = min(Int(header.envelopesStored), columns.count)
    for (name, range, checksum) in [
      ("envelopes", 0..<middle, header.envelopesChecksum),
      ("payloads", middle..<columns.count, header.payloadChecksum),
    ] {
      let sum = CRC32C.checksum(columns[range])
      if sum != checksum {
        return "its \(name)' checksum is \(Self.hex(checksum)), but the bytes have \(Self.hex(sum))"
      }
    }
    return look.hasEnvelopes
      ? "its checksums hold, but its payloads cannot be decompressed"
      : "its checksums hold, but its envelopes are malformed"
  }
}

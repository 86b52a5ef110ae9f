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
    let isPaged = bytes.count > 4 && bytes[4] == PagedBlockHeader.kind
    let count = isPaged ? PagedBlockHeader.byteCount : ColumnBlockHeader.byteCount
    var fields = FieldReader(Array(bytes.prefix(count)), at: position)
    fields.checksum(
      "header checksum", bytes.count >= count ? headerChecksum(bytes, salt, position) : nil)
    if isPaged {
      pagedBlock(&fields)
    } else {
      columnBlock(&fields)
    }
    return fields.part("block header")
  }

  private func pagedBlock(_ fields: inout FieldReader) {
    fields.number("kind", UInt8.self) { "\($0): a block of pages" }
    fields.number("page bits", UInt8.self) { $0 < 64 ? "pages of \(1 << Int($0)) bytes" : "\($0)" }
    fields.reserved(2)
    fields.number("first offset", UInt64.self)
    fields.number("events", UInt32.self)
    fields.number("front", UInt32.self) { "\($0) bytes" }
    for part in ["names", "ids", "payloads"] {
      fields.number("\(part) stored", UInt32.self) { "\($0) bytes" }
      fields.number("\(part) raw", UInt32.self) { "\($0) bytes" }
    }
    fields.number("front checksum", UInt32.self) { Inspector.hex($0) }
    fields.number("names checksum", UInt32.self) { Inspector.hex($0) }
    fields.reserved(8)
  }

  private func columnBlock(_ fields: inout FieldReader) {
    fields.number("kind", UInt8.self) { $0 == ColumnBlockHeader.kind ? "2: a block" : "\($0)" }
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
  }

  /// Looks at the bytes at the place of a block, and decodes it into the memory given.
  func lookAtBlock(
    at position: UInt64, _ file: File, _ salt: UInt64, _ decoder: PageDecoder,
    into block: inout EventBlock
  ) throws(EventLogError) -> BlockLook {
    let front = try file.read(at: position, count: BlockHeader.mostBytes)
    let isPaged = front.count > 4 && front[4] == PagedBlockHeader.kind
    guard front.count >= (isPaged ? PagedBlockHeader.byteCount : ColumnBlockHeader.byteCount) else {
      return BlockLook(problem: "the file ends inside of the block's header")
    }
    guard isPaged || front[4] == ColumnBlockHeader.kind else {
      return BlockLook(
        problem: "its kind is \(front[4]), and a block's is \(ColumnBlockHeader.kind) or "
          + "\(PagedBlockHeader.kind)")
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
    let bytes = try file.read(at: position, count: Int(header.byteCount))
    var look = BlockLook(header: header)
    look.problem = header.problem(
      in: bytes, decoder, hasEnvelopes: &look.hasEnvelopes, into: &block)
    return look
  }
}

extension BlockHeader {
  /// Decodes a block from all of its bytes; what is wrong with them, as a sentence.
  func problem(in bytes: [UInt8], _ decoder: PageDecoder, into block: inout EventBlock) -> String? {
    var hasEnvelopes = false
    return problem(in: bytes, decoder, hasEnvelopes: &hasEnvelopes, into: &block)
  }

  fileprivate func problem(
    in bytes: [UInt8], _ decoder: PageDecoder, hasEnvelopes: inout Bool,
    into block: inout EventBlock
  ) -> String? {
    switch self {
    case .columns(let header):
      let columns = bytes.span.extracting(droppingFirst: ColumnBlockHeader.byteCount)
      hasEnvelopes = header.decodeEnvelopes(columns, into: &block)
      let hasPayload = header.decodePayload(columns, into: &block)
      return hasEnvelopes && hasPayload ? nil : problem(header, bytes, hasEnvelopes)
    case .pages(let header):
      let padded = bytes + [UInt8](repeating: 0, count: PagedBlock.slack)
      do throws(PagedBlock.Problem) {
        let paged = try PagedBlock(header, padded.span, isChecked: true)
        let payload = try paged.decodeEnvelopes(
          0..<Int(header.eventCount), decoder, into: &block)
        hasEnvelopes = true
        try paged.decodePayload(payload, decoder, into: &block)
        return nil
      } catch {
        switch error {
        case .checksum(let part, let said, let found):
          return "its \(part)' checksum is \(Inspector.hex(said)), but the bytes have "
            + Inspector.hex(found)
        case .malformed(let part): return "its checksums hold, but its \(part) is malformed"
        }
      }
    }
  }

  private func problem(_ header: ColumnBlockHeader, _ bytes: [UInt8], _ hasEnvelopes: Bool)
    -> String
  {
    let first = min(ColumnBlockHeader.byteCount, bytes.count)
    let middle = min(first + Int(header.envelopesStored), bytes.count)
    for (name, range, checksum) in [
      ("envelopes", first..<middle, header.envelopesChecksum),
      ("payloads", middle..<bytes.count, header.payloadChecksum),
    ] {
      let sum = CRC32C.checksum(bytes[range])
      if sum != checksum {
        return "its \(name)' checksum is \(Inspector.hex(checksum)), but the bytes have "
          + Inspector.hex(sum)
      }
    }
    return hasEnvelopes
      ? "its checksums hold, but its payloads cannot be decompressed"
      : "its checksums hold, but its envelopes are malformed"
  }
}

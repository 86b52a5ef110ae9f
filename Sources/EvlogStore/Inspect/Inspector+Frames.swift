import SystemPackage

/// What is at the place of a frame.
struct FrameLook {
  /// Its header, where its checksum holds.
  var header: FrameHeader?
  /// The checksum by which the next frame names it.
  var checksum: UInt32 = 0
  /// Why it is not whole; nil where it is.
  var problem: String?
}

extension Inspector {
  func frameHeader(_ bytes: [UInt8], at position: UInt64, salt: UInt64?) -> FileInspection.Part {
    var fields = FieldReader(Array(bytes.prefix(FrameHeader.byteCount)), at: position)
    fields.checksum(
      "header checksum",
      salt.flatMap { bytes.count >= 48 ? headerChecksum(bytes, $0, position) : nil })
    fields.number("kind", UInt8.self) { $0 == FrameHeader.kind ? "1: a frame" : "\($0)" }
    fields.reserved(3)
    fields.number("body", UInt32.self) { "\($0) bytes" }
    fields.number("envelopes", UInt32.self) { "\($0) of them, the last ones" }
    fields.number("first offset", UInt64.self)
    fields.number("durable before", UInt64.self) { "\($0): the end known durable then" }
    fields.number("events", UInt32.self)
    fields.number("chain", UInt32.self) { "\(Inspector.hex($0)): the frame before" }
    fields.number("body checksum", UInt32.self) { Inspector.hex($0) }
    fields.reserved(4)
    return fields.part("frame header")
  }

  func headerChecksum(_ bytes: [UInt8], _ salt: UInt64, _ position: UInt64) -> UInt32 {
    CRC32C.checksum(bytes[4..<48], seed: CRC32C.seed(salt: salt, position: position))
  }

  /// Looks at the bytes at the place of a frame, and decodes it into the block.
  func lookAtFrame(
    at position: UInt64, _ window: inout FileWindow, _ salt: UInt64, _ size: UInt64,
    into block: inout EventBlock
  ) throws(EventLogError) -> FrameLook {
    let place = try window.range(at: position, count: FrameHeader.byteCount)
    let front = Array(window.buffer[place])
    guard front.count == FrameHeader.byteCount else {
      return FrameLook(problem: "the file ends inside of the frame's header")
    }
    guard front[4] == FrameHeader.kind else {
      return FrameLook(problem: "its kind is \(front[4]), and a frame's is \(FrameHeader.kind)")
    }
    let found = FrameHeader.checksum(of: front.span)
    let right = headerChecksum(front, salt, position)
    guard found == right else {
      return FrameLook(
        problem: "its header's checksum is \(Self.hex(found)), but the bytes have "
          + Self.hex(right))
    }
    guard let header = FrameHeader(decoding: front.span, salt: salt, position: position) else {
      return FrameLook(problem: "its header holds numbers that no writer makes")
    }
    var look = FrameLook(header: header, checksum: found)
    guard header.byteCount <= size - position else {
      look.problem =
        "it ends at byte \(position + header.byteCount), and the file at byte \(size)"
      return look
    }
    let range = try window.range(
      at: position + UInt64(FrameHeader.byteCount),
      count: Int(header.byteCount) - FrameHeader.byteCount)
    let body = window.buffer.span.extracting(range)
    let sum = CRC32C.checksum(body)
    guard sum == header.bodyChecksum else {
      look.problem =
        "its body's checksum is \(Self.hex(header.bodyChecksum)), but the bytes have "
        + Self.hex(sum)
      return look
    }
    do throws(EventLogError) {
      try header.decode(body: body, path: window.file.path, position: position, into: &block)
    } catch { look.problem = "its checksums hold, but its envelopes are malformed" }
    return look
  }

  /// The first place from `position` on, in steps of eight, at which a frame's header is whole.
  func nextFrame(
    from position: UInt64, _ window: inout FileWindow, _ salt: UInt64, _ size: UInt64
  ) throws(EventLogError) -> UInt64? {
    var position = position
    while position + UInt64(FrameHeader.byteCount) <= size {
      let front = try window.range(at: position, count: FrameHeader.byteCount)
      let bytes = window.buffer.span.extracting(front)
      if FrameHeader(decoding: bytes, salt: salt, position: position) != nil { return position }
      position += 8
    }
    return nil
  }
}

extension EventBlock {
  /// From the earliest to the latest time of its events.
  var timeRange: ClosedRange<Timestamp>? {
    let times = envelopes.map(\.time)
    guard let first = times.min(), let last = times.max() else { return nil }
    return Timestamp(nanoseconds: first)...Timestamp(nanoseconds: last)
  }

  /// How many turns begin with one of its events.
  var turnCount: Int { envelopes.count { $0.flags.contains(.beginsTurn) } }
}

extension ClosedRange<Timestamp> {
  /// The least range with both in it.
  func joined(_ other: ClosedRange<Timestamp>?) -> ClosedRange<Timestamp> {
    guard let other else { return self }
    return Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}

import SystemPackage

/// The files beside the segments.
extension Inspector {
  /// Small files are read whole; what is longer than they can be is not one of them.
  private static let smallBytes = 4096

  func inspectIdentity(_ file: File, _ size: UInt64, _ result: inout FileInspection)
    throws(EventLogError)
  {
    let bytes = try inspectText(file, &result)
    do throws(EventLogError) { _ = try Identity(decoding: bytes, file: file.path) } catch {
      result.add(problem: error.message, byte: 0)
    }
  }

  func inspectTruncation(_ file: File, _ result: inout FileInspection) throws(EventLogError) {
    let bytes = try inspectText(file, &result)
    guard let store else { return }
    do throws(EventLogError) {
      let intent = try TruncationIntent(decoding: bytes, store: store, file: file.path)
      result.add(
        remark: "The log is to end at cut \(intent.cut): opening it for writing finishes that",
        byte: 0)
    } catch { result.add(problem: error.message, byte: 0) }
  }

  /// A file of lines, each a word and what it says; its bytes.
  private func inspectText(_ file: File, _ result: inout FileInspection) throws(EventLogError)
    -> [UInt8]
  {
    let bytes = try file.read(at: 0, count: Self.smallBytes)
    var fields: [FileInspection.Field] = []
    var at = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      defer { at += line.count + 1 }
      if line.isEmpty { continue }
      let words = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
      let text = words.map { String(decoding: $0, as: UTF8.self) }
      fields.append(
        FileInspection.Field(
          byte: UInt64(at), count: line.count + 1, name: text.first ?? "",
          value: text.count > 1 ? text[1] : ""))
    }
    result.parts = [
      FileInspection.Part(name: "text", bytes: 0..<UInt64(bytes.count), fields: fields)
    ]
    return bytes
  }

  func inspectDurable(_ bytes: [UInt8], _ result: inout FileInspection) {
    var fields = FieldReader(bytes, at: 0)
    fields.text("magic", 8)
    fields.hexadecimal("store", 16)
    fields.number("end", UInt64.self) { "\($0): every event before this offset is on disk" }
    fields.number("active segment", UInt64.self) { "\($0): its first offset" }
    fields.number("poisoned", UInt64.self) {
      $0 == 0 ? "0: no write failed" : "\($0): a write or a sync failed, the writer gave up"
    }
    fields.number("boot", UInt64.self) {
      $0 == 0 ? "0: not known" : "\(String($0, radix: 16)): the system's start, when it was written"
    }
    fields.reserved(4)
    fields.checksum(
      "checksum",
      bytes.count == DurableMark.byteCount ? CRC32C.checksum(bytes[..<60]) : nil)
    result.parts = [fields.part("mark")]
    guard let mark = DurableMark(decoding: bytes) else {
      // It is not synced after each append: a power cut may tear it, and then nothing is known.
      result.add(
        remark: "The mark is not whole, which a power cut may do: nothing is known from it", byte: 0
      )
      return
    }
    if let store, mark.store != store {
      result.add(problem: "The mark belongs to another log (\(mark.store))", byte: 8)
    }
    if mark.isPoisoned {
      result.add(
        remark:
          "A write or a sync failed: what lies past offset \(mark.end) was never acknowledged",
        byte: 40)
    }
  }

  func inspectLock(_ file: File, _ result: inout FileInspection) throws(EventLogError) {
    let text = String(decoding: try file.read(at: 0, count: 64), as: UTF8.self)
    let process = text.split(separator: "\n").first.map(String.init) ?? "none"
    result.parts = [
      FileInspection.Part(
        name: "text", bytes: 0..<result.byteCount,
        fields: [
          FileInspection.Field(
            byte: 0, count: text.utf8.count, name: "last writer", value: "process \(process)")
        ])
    ]
    let isFree = try file.tryLock(exclusive: false)
    if isFree { file.unlock() }
    result.add(remark: isFree ? "No process holds the lock" : "A writer holds the lock")
  }

  /// Bytes that recovery took out of a segment: their place is in the name.
  func inspectTorn(_ file: File, _ size: UInt64, _ result: inout FileInspection)
    throws(EventLogError)
  {
    let parts = (file.path.lastComponent?.stem ?? "").split(separator: "-")
    guard parts.count >= 3, parts[1] == "byte", let base = UInt64(parts[0]),
      let byte = UInt64(parts[2])
    else {
      result.add(problem: "Its name does not say which bytes of which segment these were")
      return
    }
    result.parts = [
      FileInspection.Part(
        name: "origin", bytes: 0..<size,
        fields: [
          FileInspection.Field(
            byte: 0, count: Int(size), name: "taken from",
            value: "the segment of offset \(base), bytes \(byte)..<\(byte + size)")
        ])
    ]
    result.add(
      remark: "An interrupted write that was never acknowledged; recovery kept this copy of it")
    let front = try file.read(at: 0, count: FrameHeader.byteCount)
    if front.count == FrameHeader.byteCount, front[4] == FrameHeader.kind {
      result.parts.append(frameHeader(front, at: 0, salt: nil))
    }
  }

  /// An index of writes: a line with the length and the digest of the header, the header, blocks.
  func inspectWrites(_ file: File, _ size: UInt64, _ result: inout FileInspection)
    throws(EventLogError)
  {
    let front = try file.read(at: 0, count: 100)
    let words = String(decoding: front.prefix { $0 != 0x0A }, as: UTF8.self).split(separator: " ")
    let end = front.firstIndex(of: 0x0A).map { $0 + 1 } ?? 0
    guard end > 12, words.count == 4, words[0] == "EVLOGWRT", let count = Int(words[2]),
      count >= 0, count <= Int(Int32.max), UInt64(end + count) <= size
    else {
      result.add(
        problem: "It does not begin with EVLOGWRT, the length of its header and a digest", byte: 0)
      return
    }
    let header = try file.read(at: UInt64(end), count: count)
    let digest = Digest(of: header)
    let isRight = "\(digest)" == words[3]
    func field(_ name: String, _ range: Range<Int>, _ value: String) -> FileInspection.Field {
      FileInspection.Field(
        byte: UInt64(range.lowerBound), count: range.count, name: name, value: value)
    }
    result.parts = [
      FileInspection.Part(
        name: result.kind.rawValue, bytes: 0..<size,
        fields: [
          field("magic", 0..<10, "\(words[0]) \(words[1])"),
          field("header's length and digest", 11..<(end - 1), "\(count) \(words[3])"),
          field(
            "header", end..<(end + count),
            isRight ? "\(count) bytes, right" : "WRONG: the bytes have \(digest)"),
          field(
            "blocks", (end + count)..<Int(size),
            "\(Int(size) - end - count) bytes as stored, each block with a digest in the header"),
        ])
    ]
    if !isRight { result.add(problem: "The digest of its header is wrong", byte: UInt64(end)) }
  }

  /// What can be said of a cache without a machine: the lines it begins with, and its digest.
  func inspectCache(
    _ file: File, _ size: UInt64, _ magic: String, _ content: String,
    _ result: inout FileInspection
  ) throws(EventLogError) {
    guard size <= UInt64(Int32.max) else {
      result.add(problem: "It is too large for a cache")
      return
    }
    let bytes = try file.read(at: 0, count: Int(size))
    let digits = 32
    guard let first = bytes.firstIndex(of: 0x0A),
      let second = bytes[(first + 1)...].firstIndex(of: 0x0A), bytes.count >= second + 1 + digits
    else {
      result.add(problem: "It does not begin with two lines and end with a digest", byte: 0)
      return
    }
    func field(_ name: String, _ range: Range<Int>, _ value: String) -> FileInspection.Field {
      FileInspection.Field(
        byte: UInt64(range.lowerBound), count: range.count, name: name, value: value)
    }
    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    let end = bytes.count - digits
    let digest = Digest(of: bytes.span.extracting(first: end))
    let isRight = Digest(text(end..<bytes.count)) == digest
    result.parts = [
      FileInspection.Part(
        name: result.kind.rawValue, bytes: 0..<size,
        fields: [
          field("magic", 0..<first, text(0..<first)),
          field("header", (first + 1)..<second, text((first + 1)..<second)),
          field(content, (second + 1)..<end, "\(end - second - 1) bytes as stored"),
          field(
            "digest", end..<bytes.count,
            isRight ? "\(digest), right" : "WRONG: the bytes have \(digest)"),
        ])
    ]
    if !text(0..<first).hasPrefix("\(magic) ") {
      result.add(problem: "It does not begin with \(magic)", byte: 0)
    }
    if !isRight { result.add(problem: "Its digest is wrong", byte: UInt64(end)) }
  }
}

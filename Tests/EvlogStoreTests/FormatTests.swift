import SystemPackage
import Testing

@testable import EvlogStore

/// The example in FORMAT.md is what the code reads and writes.
@Suite struct FormatTests {
  static let project = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The bytes of the hex dump in FORMAT.md.
  private func example() throws -> [UInt8] {
    let text = String(
      decoding: try #require(readFile(Self.project.appending("FORMAT.md"))), as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex(of: "```hex"))
    var bytes: [UInt8] = []
    for line in lines[(start + 1)...].prefix(while: { $0 != "```" }) {
      let columns = line.split(separator: "  ")
      #expect(Int(columns[0], radix: 16) == bytes.count)
      for digits in columns[1].split(separator: " ") {
        bytes.append(try #require(UInt8(digits, radix: 16)))
      }
    }
    return bytes
  }

  @Test func theExampleIsRead() throws {
    let bytes = try example()
    let header = try SegmentHeader(decoding: bytes)
    #expect(
      header
        == SegmentHeader(
          kind: .active, store: StoreID(bytes: (0..<16).map { UInt8($0) }), baseOffset: 0,
          salt: 0x0123_4567_89AB_CDEF, createdAt: try #require(Timestamp("2026-03-01T10:11:12Z")),
          previousFrame: 0))
    #expect(header.encoded() == Array(bytes[..<64]))
    #expect(bytes.loadLittleEndian(UInt32.self, at: 60) == 0x21F5_D16E)

    let frameBytes = Array(bytes[64...])
    let decoded = FrameHeader(decoding: frameBytes.span, salt: header.salt, position: 64)
    let frame = try #require(decoded)
    #expect(
      frame
        == FrameHeader(
          bodyCount: 90, envelopeCount: 70, firstOffset: 0, eventCount: 2, durableBefore: 0,
          previousFrame: 0, bodyChecksum: 0xDB7A_51E1))
    #expect(frame.encoded(salt: header.salt, position: 64) == Array(bytes[64..<112]))
    let checksum = FrameHeader.checksum(of: frameBytes.span)
    #expect(checksum == 0xDC47_A1B2)
    #expect(64 + frame.byteCount == 0xD0)
    #expect(bytes[0xD0...].allSatisfy { $0 == 0 })

    var block = EventBlock()
    let body = Array(bytes[112..<0xD0])
    try frame.decode(body: body.span, path: "example", position: 64, into: &block)
    let first = RecordedEvent(block[0])
    #expect(
      NewEvent(recorded: first)
        == NewEvent(
          stream: "sku-A-7", type: "Counted", data: json(#"{"qty":12}"#),
          recordedAt: Timestamp("2026-03-01T10:11:12.345Z")))
    #expect(first.beginsTurn && first.turnID == "t-1" && first.revision == 0)
    let second = RecordedEvent(block[1])
    #expect(
      NewEvent(recorded: second)
        == NewEvent(
          stream: "order-118", type: "Reserved", data: json(#"{"qty":40}"#),
          recordedAt: Timestamp(nanoseconds: first.recordedAt.nanoseconds + 1000),
          causation: ["c-9"]))
    #expect(!second.beginsTurn && second.turnID == nil && second.offset == 1)
  }

  /// The encoder makes the same bytes of the same events.
  @Test func theExampleIsWritten() throws {
    let bytes = try example()
    let time = try #require(Timestamp("2026-03-01T10:11:12.345Z"))
    var encoder = BlockEncoder(headerCount: FrameHeader.byteCount)
    let events = [
      NewEvent(
        stream: "sku-A-7", type: "Counted", data: json(#"{"qty":12}"#), recordedAt: time),
      NewEvent(
        stream: "order-118", type: "Reserved", data: json(#"{"qty":40}"#),
        recordedAt: Timestamp(nanoseconds: time.nanoseconds + 1000), causation: ["c-9"]),
    ]
    var (streams, types) = (NameTable(), NameTable())
    encoder.add(
      Turn(events, id: "t-1"), streams: events.map { UInt32(streams.add($0.stream)) },
      revisions: [0, 0], now: .now(), types: &types)
    let frame = encoder.finishBody(streamNames: streams, typeNames: types)
    _ = encoder.setFrameHeader(
      frame, firstOffset: 0, durableBefore: 0, previousFrame: 0, salt: 0x0123_4567_89AB_CDEF,
      position: 64)
    #expect(encoder.payload == Array(bytes[64..<0xD0]))
  }

  /// The example is a whole segment: a log that has it as its first is opened and read.
  @Test func theExampleIsALog() throws {
    let folder = TemporaryFolder()
    let layout = StoreLayout(root: folder.log, system: SystemCalls(faults: nil))
    try layout.create(options: EventLog.Options())
    let identity = Identity(
      store: StoreID(bytes: (0..<16).map { UInt8($0) }), segmentBytes: 67_108_864)
    try writeFile(layout.identity, identity.encoded())
    try writeFile(layout.segment(base: 0, .active), try example())
    let log = try EventLog.open(folder.log)
    #expect(log.recovery.isClean)
    #expect(try allEvents(log).map(\.type) == ["Counted", "Reserved"])
    try log.appendBlocking(StoreFixture.turn(0))
    #expect(log.end == 3)
  }
}

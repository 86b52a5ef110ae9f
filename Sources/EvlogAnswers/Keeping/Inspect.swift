public import EvlogStore
import SystemPackage

extension Answers {
  /// What is in a log's files: all of them, one, or a frame or block of one.
  public struct Inspect: Answer {
    public var question: String { "inspect" }
    public var files: [File]?
    public var file: File?
    public var chunk: OneChunk?

    public init(files: [FileInspection]) { self.files = files.map { File($0, isBrief: true) } }
    public init(_ file: FileInspection) { self.file = File(file, isBrief: false) }
    public init(_ chunk: ChunkInspection) { self.chunk = OneChunk(chunk) }

    public struct Remark: Codable, Sendable, Hashable {
      public let text: String
      @Nullable public private(set) var byte: Int?

      init(_ remark: FileInspection.Remark) {
        text = remark.text
        byte = remark.byte.map { Int($0) }
      }
    }

    public struct Segment: Codable, Sendable {
      public let store: String
      public let firstOffset, endOffset: Offset
      /// Hexadecimal.
      public let salt, chain: String
      @Nullable public private(set) var lastFrame: String?
      public let createdAt: Timestamp
      @Nullable public private(set) var firstTime: Timestamp?
      @Nullable public private(set) var lastTime: Timestamp?

      init(_ segment: FileInspection.SegmentFacts) {
        store = "\(segment.store)"
        firstOffset = segment.offsets.lowerBound
        endOffset = segment.offsets.upperBound
        salt = Inspect.hex(segment.salt)
        chain = Inspect.hex(segment.chain)
        createdAt = segment.createdAt
        lastFrame = segment.lastFrame.map { Inspect.hex($0) }
        firstTime = segment.times?.lowerBound
        lastTime = segment.times?.upperBound
      }
    }

    public struct Field: Codable, Sendable, Hashable {
      public let byte, bytes: Int
      public let name, value: String
    }

    public struct Part: Codable, Sendable, Hashable {
      public let name: String
      public let byte, bytes: Int
      public let fields: [Field]

      init(_ part: FileInspection.Part) {
        name = part.name
        byte = Int(part.bytes.lowerBound)
        bytes = part.bytes.count
        fields = part.fields.map {
          Field(byte: Int($0.byte), bytes: Int($0.count), name: $0.name, value: $0.value)
        }
      }
    }

    /// A frame or a block.
    public struct Chunk: Codable, Sendable {
      public let byte, bytes: Int
      @Nullable public private(set) var firstOffset: Offset?
      @Nullable public private(set) var endOffset: Offset?
      @Nullable public private(set) var rawBytes: UInt64?
      @Nullable public private(set) var turns: UInt64?
      @Nullable public private(set) var durableBefore: Offset?
      @Nullable public private(set) var firstTime: Timestamp?
      @Nullable public private(set) var lastTime: Timestamp?
      @Nullable public private(set) var problem: String?

      init(_ chunk: FileInspection.Chunk) {
        byte = Int(chunk.bytes.lowerBound)
        bytes = chunk.bytes.count
        firstOffset = chunk.offsets?.lowerBound
        endOffset = chunk.offsets?.upperBound
        rawBytes = chunk.rawByteCount.map { UInt64($0) }
        turns = chunk.turnCount.map { UInt64($0) }
        durableBefore = chunk.durableBefore
        firstTime = chunk.times?.lowerBound
        lastTime = chunk.times?.upperBound
        problem = chunk.problem
      }
    }

    public struct File: Codable, Sendable {
      public let file: String
      /// `identity`, `lock`, `durable`, `active`, `sealed`, `snapshot`, `torn` or `unknown`.
      public let kind: String
      public let bytes: UInt64
      @Nullable public private(set) var segment: Segment?
      public let remarks, problems: [Remark]
      /// Only of a file that was asked for alone.
      public let parts: [Part]?
      public let chunks: [Chunk]?

      init(_ file: FileInspection, isBrief: Bool) {
        self.file = file.file.string
        kind = file.kind.rawValue
        bytes = UInt64(file.byteCount)
        remarks = file.remarks.map(Remark.init)
        problems = file.problems.map(Remark.init)
        parts = isBrief ? nil : file.parts.map(Part.init)
        chunks = isBrief ? nil : file.chunks.map(Chunk.init)
        segment = file.segment.map(Segment.init)
      }
    }

    public struct Envelope: Codable, Sendable {
      public let offset: Offset
      public let stream: String
      public let revision: Revision
      public let type: String
      public let time: Timestamp
      public let schemaVersion: UInt32
      public let contentType: String
      public let beginsTurn: Bool
      @Nullable public private(set) var turn: String?
      @Nullable public private(set) var id: String?
      @Nullable public private(set) var causation: Causation?
      @Nullable public private(set) var correlation: String?
      public let dataBytes: Int
      @Nullable public private(set) var metadataBytes: Int?
      public let dataStart: Int

      init(_ event: ChunkInspection.Envelope) {
        offset = event.offset
        stream = event.stream
        revision = event.revision
        type = event.type
        time = event.recordedAt
        schemaVersion = event.schemaVersion
        contentType = event.contentType
        beginsTurn = event.beginsTurn
        dataBytes = Int(event.dataBytes)
        dataStart = Int(event.dataStart)
        turn = event.turnID
        id = event.id
        causation = Causation(event.causation)
        correlation = event.correlation
        metadataBytes = event.metadataBytes.map { Int($0) }
      }
    }

    /// A frame or a block that was asked for alone: the members of a chunk, and these.
    public struct OneChunk: Codable, Sendable {
      public let chunk: Chunk
      public let file: String
      public let kind: String
      public let number: Int
      public let parts: [Part]
      public let events: [Envelope]

      private enum CodingKeys: String, CodingKey { case file, kind, number, parts, events }

      init(_ chunk: ChunkInspection) {
        self.chunk = Chunk(chunk.chunk)
        file = chunk.file.string
        kind = chunk.kind.rawValue
        number = chunk.number
        parts = chunk.parts.map(Part.init)
        events = chunk.events.map(Envelope.init)
      }

      public init(from decoder: any Decoder) throws {
        chunk = try Chunk(from: decoder)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        file = try members.decode(String.self, forKey: .file)
        kind = try members.decode(String.self, forKey: .kind)
        number = try members.decode(Int.self, forKey: .number)
        parts = try members.decode([Part].self, forKey: .parts)
        events = try members.decode([Envelope].self, forKey: .events)
      }

      public func encode(to encoder: any Encoder) throws {
        try chunk.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(file, forKey: .file)
        try members.encode(kind, forKey: .kind)
        try members.encode(number, forKey: .number)
        try members.encode(parts, forKey: .parts)
        try members.encode(events, forKey: .events)
      }
    }

    package static func hex(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
      let digits = String(value, radix: 16)
      return "0x" + String(repeating: "0", count: value.bitWidth / 4 - digits.count) + digits
    }
  }
}

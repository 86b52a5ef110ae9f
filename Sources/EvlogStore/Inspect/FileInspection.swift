public import SystemPackage

/// A file of a log, explained: what it is, what its bytes mean, and where they stop making sense.
///
/// It is made of whatever is there, also of damaged files and of those of other logs.
public struct FileInspection: Sendable, Hashable {
  /// What a file is, by its bytes, or by its name where they do not say it.
  public enum Kind: String, Sendable, CaseIterable {
    case identity, lock, durable, active, sealed, snapshot
    /// What a scan found out, kept.
    case verdicts
    /// An index of what events wrote.
    case writes
    /// Bytes that recovery took out of a segment.
    case torn
    /// The note of a truncation that is under way.
    case truncation
    /// Zeros that are kept ready for a segment.
    case spare
    /// Nothing that evlog knows.
    case unknown
  }

  /// Where it is.
  public var file: FilePath
  /// What it is, as far as its bytes or its name say so.
  public var kind: Kind
  /// How long the file is, with the zeros ahead of what is used.
  public var byteCount: UInt64
  /// Headers, trailers and whatever else has fields, in the order of the file.
  public var parts: [Part] = []
  /// The frames of an active segment, or the blocks of a sealed one.
  public var chunks: [Chunk] = []
  /// What is known of a segment as a whole.
  public var segment: SegmentFacts?
  /// What is worth knowing and no damage.
  public var remarks: [Remark] = []
  /// Damage, and what does not belong here.
  public var problems: [Remark] = []

  package init(file: FilePath, kind: Kind, byteCount: UInt64) {
    self.file = file
    self.kind = kind
    self.byteCount = byteCount
  }

  /// A stretch of a file that has fields.
  public struct Part: Sendable, Hashable {
    /// What the stretch is, in words.
    public var name: String
    /// Where it is in the file.
    public var bytes: Range<UInt64>
    /// Its fields, in the order of their bytes.
    public var fields: [Field] = []

    package init(name: String, bytes: Range<UInt64>, fields: [Field] = []) {
      self.name = name
      self.bytes = bytes
      self.fields = fields
    }
  }

  /// A field, with what it says in words.
  public struct Field: Sendable, Hashable {
    /// Where it is in the file.
    public var byte: UInt64
    /// How many bytes it has.
    public var count: Int
    /// What it is, in words.
    public var name: String
    /// What it says, in words.
    public var value: String

    package init(byte: UInt64, count: Int, name: String, value: String) {
      self.byte = byte
      self.count = count
      self.name = name
      self.value = value
    }
  }

  /// A frame or a block, or bytes in the place of one.
  public struct Chunk: Sendable, Hashable {
    /// Where it is in the file.
    public var bytes: Range<UInt64>
    /// What its header says; nil where that is damaged.
    public var offsets: Range<Offset>?
    /// The bytes of its events before compression, envelopes and payloads.
    public var rawByteCount: UInt64?
    /// From the earliest to the latest time in it, where its envelopes can be read.
    public var times: ClosedRange<Timestamp>?
    /// How many turns begin in it.
    public var turnCount: Int?
    /// Of a frame: the log's end that was known durable when it was formed.
    public var durableBefore: Offset?
    /// Why it is not whole, or does not follow from what is before it.
    public var problem: String?
  }

  /// A sentence about a file, and the byte it is about.
  public struct Remark: Sendable, Hashable {
    /// The sentence.
    public var text: String
    /// Where in the file; nil where it is about the whole of it.
    public var byte: UInt64?

    package init(_ text: String, byte: UInt64? = nil) {
      self.text = text
      self.byte = byte
    }
  }

  /// What is known of a segment as a whole.
  public struct SegmentFacts: Sendable, Hashable {
    /// The identity of the log that it belongs to.
    public var store: StoreID
    /// The offsets of the events that are in it, from its name to the last whole frame or block.
    public var offsets: Range<Offset>
    /// The number that binds its frames to it.
    public var salt: UInt64
    /// The checksum of the last frame before it.
    public var chain: UInt32
    /// The checksum of its own last frame, which the next segment names.
    public var lastFrame: UInt32?
    /// When the segment was begun.
    public var createdAt: Timestamp
    /// From the earliest to the latest time in it, where they can be read.
    public var times: ClosedRange<Timestamp>?
  }

  package mutating func add(problem text: String, byte: UInt64? = nil) {
    problems.append(Remark(text, byte: byte))
  }

  package mutating func add(remark text: String, byte: UInt64? = nil) {
    remarks.append(Remark(text, byte: byte))
  }

  /// Whether anything in it is damaged or foreign.
  public var isDamaged: Bool { !problems.isEmpty }
}

/// One frame or block, explained to its last byte.
public struct ChunkInspection: Sendable {
  /// Where it is.
  public var file: FilePath
  /// What the file is: an active segment has frames, a sealed one blocks.
  public var kind: FileInspection.Kind
  /// Its place among the frames or blocks of the file, from 0.
  public var number: Int
  /// Where its bytes are, and what its header says of them.
  public var chunk: FileInspection.Chunk
  /// Its header, and where its columns are.
  public var parts: [FileInspection.Part]
  /// The envelopes of its events, as far as they can be read.
  public var events: [Envelope]
  /// All its bytes, as they are stored.
  public var stored: [UInt8]

  /// What is known of an event without its payload.
  public struct Envelope: Sendable, Hashable {
    /// The position in the log.
    public var offset: Offset
    public var stream: String
    /// The position in the stream.
    public var revision: Revision
    public var type: String
    public var recordedAt: Timestamp
    public var schemaVersion: UInt32
    public var contentType: String
    /// Whether a turn begins with this event.
    public var beginsTurn: Bool
    /// The id of its turn, on the first event of a turn that has one.
    public var turnID: String?
    public var id: String?
    public var causation: String?
    public var correlation: String?
    /// How many bytes its data has.
    public var dataBytes: Int
    /// How many bytes its metadata has; nil where there is none.
    public var metadataBytes: Int?
    /// Where its data begins among the raw payloads of the frame or block.
    public var dataStart: Int
  }
}

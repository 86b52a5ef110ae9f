public import SystemPackage

/// A file of a log, explained: what it is, what its bytes mean, and where they stop making sense.
///
/// It works with whatever is there, including damaged files and files of other logs.
public struct FileInspection: Sendable, Hashable {
  /// The kind of a file, by its bytes or, if they do not say it, by its name.
  public enum Kind: String, Sendable, CaseIterable {
    case identity, lock, durable, active, sealed, snapshot
    /// Kept verdicts of a scan.
    case verdicts
    /// An index of what events wrote.
    case writes
    /// Bytes that recovery took out of a segment.
    case torn
    /// The note of a truncation in progress.
    case truncation
    /// Zeros that are kept ready for a segment.
    case spare
    /// Unknown to evlog.
    case unknown
  }

  /// The path of the file.
  public var file: FilePath
  /// The kind, as far as bytes or name give it.
  public var kind: Kind
  /// The length of the file, including the zeros ahead of what is used.
  public var byteCount: UInt64
  /// Headers, trailers and whatever else has fields, in the order of the file.
  public var parts: [Part] = []
  /// The frames of an active segment, or the blocks of a sealed one.
  public var chunks: [Chunk] = []
  /// What is known about a segment as a whole.
  public var segment: SegmentFacts?
  /// Remarks that are no damage.
  public var remarks: [Remark] = []
  /// Damage, and what does not belong here.
  public var problems: [Remark] = []

  package init(file: FilePath, kind: Kind, byteCount: UInt64) {
    self.file = file
    self.kind = kind
    self.byteCount = byteCount
  }

  /// A part of a file that has fields.
  public struct Part: Sendable, Hashable {
    /// The name of the part.
    public var name: String
    /// The position in the file.
    public var bytes: Range<UInt64>
    /// Its fields, in the order of their bytes.
    public var fields: [Field] = []

    package init(name: String, bytes: Range<UInt64>, fields: [Field] = []) {
      self.name = name
      self.bytes = bytes
      self.fields = fields
    }
  }

  /// A field, with its value in words.
  public struct Field: Sendable, Hashable {
    /// The position in the file.
    public var byte: UInt64
    /// The number of its bytes.
    public var count: Int
    /// The name of the field.
    public var name: String
    /// The value of the field, in words.
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
    /// The position in the file.
    public var bytes: Range<UInt64>
    /// The offsets in its header; nil if the header is damaged.
    public var offsets: Range<Offset>?
    /// The bytes of its events before compression, envelopes and payloads.
    public var rawByteCount: UInt64?
    /// From the earliest to the latest time in it, if its envelopes can be read.
    public var times: ClosedRange<Timestamp>?
    /// The number of turns that begin in it.
    public var turnCount: Int?
    /// For a frame: the log's end that was known durable when the frame was formed.
    public var durableBefore: Offset?
    /// Why it is not whole, or does not follow from what is before it.
    public var problem: String?
  }

  /// A sentence about a file, and the byte it is about.
  public struct Remark: Sendable, Hashable {
    /// The sentence.
    public var text: String
    /// The position in the file; nil if the remark is about the whole file.
    public var byte: UInt64?

    package init(_ text: String, byte: UInt64? = nil) {
      self.text = text
      self.byte = byte
    }
  }

  /// What is known about a segment as a whole.
  public struct SegmentFacts: Sendable, Hashable {
    /// The identity of the log that it belongs to.
    public var store: StoreID
    /// The offsets of its events, from its name to the last whole frame or block.
    public var offsets: Range<Offset>
    /// The number that binds its frames to it.
    public var salt: UInt64
    /// The checksum of the last frame before it.
    public var chain: UInt32
    /// The checksum of its own last frame, which the next segment names.
    public var lastFrame: UInt32?
    /// The time when the segment was begun.
    public var createdAt: Timestamp
    /// From the earliest to the latest time in it, if they can be read.
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
  /// The path of the file.
  public var file: FilePath
  /// The kind of the file: an active segment has frames, a sealed one blocks.
  public var kind: FileInspection.Kind
  /// Its number in the file, from 0.
  public var number: Int
  /// The position of its bytes, and what its header says.
  public var chunk: FileInspection.Chunk
  /// Its header, and the positions of its columns.
  public var parts: [FileInspection.Part]
  /// The envelopes of its events, as far as they can be read.
  public var events: [Envelope]
  /// Its stored bytes.
  public var stored: [UInt8]

  /// What is known about an event without its payload.
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
    /// The id of the turn, on the first event of a turn that has one.
    public var turnID: String?
    public var id: String?
    /// The ids of what caused it.
    public var causation: [String]
    public var correlation: String?
    /// The number of bytes of its data.
    public var dataBytes: Int
    /// The number of bytes of its metadata; nil if there is none.
    public var metadataBytes: Int?
    /// The position of its data in the raw payloads of the frame or block.
    public var dataStart: Int
  }
}

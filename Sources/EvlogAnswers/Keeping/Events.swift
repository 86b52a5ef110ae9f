public import EvlogJSON
public import EvlogMachine
public import EvlogStore

// What the verbs that change or keep a log answer. They are filled in by what does the work.

extension Answers {
  /// A new log.
  public struct Init: Answer {
    public var question: String { "init" }
    /// The log's identity.
    public var log = ""
    public var path = ""
    public init() {}
  }

  /// A turn that is in the log.
  public struct Append: Answer {
    public var question: String { "append" }
    public var firstOffset: Offset
    public var endOffset: Offset
    public var wasAlreadyThere: Bool
    /// The last revision of each stream.
    public var revisions: Named<Revision>

    public init(_ appended: Appended) {
      firstOffset = appended.offsets.lowerBound
      endOffset = appended.offsets.upperBound
      wasAlreadyThere = appended.wasAlreadyThere
      revisions = Named(appended.revisions.map { ($0.stream, $0.revision) })
    }
  }

  /// Events of a log.
  public struct Read: Answer {
    public var question: String { "read" }
    public var events: [RecordedEvent] = []
    /// The log's last cut.
    public var end: Cut = 0
    public init() {}
  }

  /// An input whose events are in the log.
  public struct Import: Answer {
    public var question: String { "import" }
    public var addedEvents: UInt64 = 0
    public var addedTurns: UInt64 = 0
    /// Events of the input that an earlier import had added.
    public var alreadyThere: UInt64 = 0
    /// The number of events of this input in the log.
    public var sourceEvents: UInt64 = 0
    /// Events of the input that are dated before an earlier one; and those without a time.
    public var timesBackwards: UInt64 = 0
    public var timeless: UInt64 = 0
    /// Events with the same key twice in one object.
    public var repeatedKeys: UInt64 = 0
    /// Lines outside of records that were passed over.
    public var skippedLines: UInt64 = 0
    /// Events that are left for a later import, when the input has grown.
    public var waiting: UInt64 = 0
    /// Records of the input. Each became an event, waits, was set aside, or is no event and was passed over.
    public var records: UInt64 = 0
    public var setAside: UInt64 = 0
    public var passedOver: UInt64 = 0
    public var inputBytes: UInt64 = 0
    public var end: Cut = 0
    public var storedBytes: UInt64 = 0
    @Seconds public var seconds: Duration
    public init() {}
  }

  /// What an import of an input would do; nothing was imported.
  public struct ImportTrial: Answer {
    public var question: String { "import" }
    /// Records of the input. Each makes an event or is refused.
    public var records: UInt64 = 0
    public var events: UInt64 = 0
    public var refused: UInt64 = 0
    /// Records that are no events.
    public var passedOver: UInt64 = 0
    public var streams = 0
    public var types = 0
    public var timesBackwards: UInt64 = 0
    public var timeless: UInt64 = 0
    public var repeatedKeys: UInt64 = 0
    /// The first events, as `import` reads them.
    public var examples: [JSONValue] = []
    /// The first of what is refused.
    public var refusals: [ImportRefusal] = []
    /// Paths that `--map` names, and that no record has.
    public var unseenPaths: [String] = []
    public init() {}
  }

  /// Why a record is no event.
  public struct ImportRefusal: Codable, Sendable, Hashable {
    @Nullable public var line: Int?
    @Nullable public var column: Int?
    /// Of a table.
    @Nullable public var row: Int64?
    public var reason: String

    public init(line: Int?, column: Int?, row: Int64? = nil, reason: String) {
      (self.line, self.column, self.row, self.reason) = (line, column, row, reason)
    }
  }

  /// Events that were written to a file.
  public struct Export: Answer {
    public var question: String { "export" }
    public var events: UInt64 = 0
    /// Of the lines, and what was written of them.
    public var bytes: UInt64 = 0
    public var writtenBytes: UInt64 = 0
    @Nullable public var file: String?
    /// If these are all the events before a cut.
    @Nullable public var cut: Cut?
    @Nullable public var digest: String?
    @Seconds public var seconds: Duration
    public init() {}
  }

  /// Segments that are compressed now.
  public struct Seal: Answer {
    public var question: String { "seal" }
    public var sealedSegments = 0
    public var bytesBefore: UInt64 = 0
    public var bytesAfter: UInt64 = 0
    public init() {}
  }

  /// A copy of a log: `backup`, or `restore`.
  public struct Copy: Answer {
    public let question: String
    public let path: String
    /// The number of its events.
    public let cut: Cut
    public let copiedBytes: UInt64
    /// Bytes that were there already.
    public let presentBytes: UInt64
    public let digest: String
    @Nullable public private(set) var lastTime: Timestamp?

    private enum CodingKeys: String, CodingKey {
      case question = "command"
      case path, cut, copiedBytes, presentBytes, digest, lastTime
    }

    public init(_ made: Backup, at path: String, _ question: String) {
      self.question = question
      self.path = path
      cut = made.cut
      copiedBytes = made.copiedBytes
      presentBytes = made.presentBytes
      digest = "\(made.digest)"
      lastTime = made.lastTime
    }
  }

  /// Writes that are indexed.
  public struct Index: Answer {
    public var question: String { "index" }
    public let machine: Machine
    public let cut: Cut
    /// The cut up to which writes were known.
    public let before: Cut
    public let writes: UInt64
    public let files: Int
    public let bytes: UInt64
    @Seconds public private(set) var seconds: Duration

    public init(
      _ machine: MachineDescriptor, cut: Cut, before: Cut, writes: UInt64, files: Int,
      bytes: UInt64, took: Duration
    ) {
      self.machine = Machine(machine)
      (self.cut, self.before, self.writes) = (cut, before, writes)
      (self.files, self.bytes) = (files, bytes)
      seconds = took
    }
  }

  /// How many files of an index were removed.
  public struct IndexDropped: Answer {
    public var question: String { "index" }
    public let dropped: Int
    public init(_ count: Int) { dropped = count }
  }
}

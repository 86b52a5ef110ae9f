public import EvlogStore
import SystemPackage

extension Answers {
  /// A row of offsets.
  public struct Offsets: Codable, Sendable, Hashable {
    public let firstOffset, endOffset: Offset

    public init(_ offsets: Range<Offset>) {
      (firstOffset, endOffset) = (offsets.lowerBound, offsets.upperBound)
    }
  }

  /// How much room some files take.
  public struct Files: Codable, Sendable, Hashable {
    public let files: Int
    public let bytes: UInt64

    public init(_ files: Int, bytes: UInt64) { (self.files, self.bytes) = (files, bytes) }
  }

  /// What the indexes of a log say.
  public struct Stats: Answer {
    public var question: String { "stats" }

    public struct Segment: Codable, Sendable {
      public let file: String
      public let sealed: Bool
      public let firstOffset, endOffset: Offset
      public let bytes: UInt64
      /// In frames, before compression.
      public let rawBytes: UInt64
      @Nullable public private(set) var firstTime: Timestamp?
      @Nullable public private(set) var lastTime: Timestamp?

      init(_ segment: EventLog.SegmentInfo) {
        file = segment.file.lastComponent?.string ?? ""
        sealed = segment.isSealed
        firstOffset = segment.offsets.lowerBound
        endOffset = segment.offsets.upperBound
        bytes = segment.byteCount
        rawBytes = segment.rawByteCount
        firstTime = segment.times?.lowerBound
        lastTime = segment.times?.upperBound
      }
    }

    /// The log's identity.
    public let log: String
    public let events: UInt64
    /// How many events there are of each type, and in each stream.
    public let types, streams: Named<UInt64>
    @Nullable public private(set) var firstTime: Timestamp?
    @Nullable public private(set) var lastTime: Timestamp?
    /// How many events are dated before an earlier one, and the first of them.
    public let timesBackwards: UInt64
    @Nullable public private(set) var firstBackwards: Offset?
    public let bytes: UInt64
    public let rawBytes: UInt64
    /// What is kept beside the log; all of it may be deleted.
    public let caches: [String: Files]
    public let segments: [Segment]

    public init(
      _ log: EventLog, _ counts: EventCounts, _ segments: [EventLog.SegmentInfo],
      _ backwards: TimesBackwards, caches: [String: Files]
    ) {
      self.log = "\(log.id)"
      events = UInt64(log.end)
      types = Named(counts.byType.map { ($0.name, $0.count) })
      streams = Named(counts.byStream.map { ($0.name, $0.count) })
      timesBackwards = backwards.count
      bytes = segments.reduce(0) { $0 + $1.byteCount }
      rawBytes = segments.reduce(0) { $0 + $1.rawByteCount }
      self.caches = caches
      self.segments = segments.map(Segment.init)
      firstTime = segments.compactMap { $0.times?.lowerBound }.min()
      lastTime = segments.compactMap { $0.times?.upperBound }.max()
      firstBackwards = backwards.first
    }
  }

  /// Whether a log's bytes are what they should be.
  public struct Verify: Answer {
    public var question: String { "verify" }

    public struct TornTail: Codable, Sendable, Hashable {
      public let file: String
      public let byte, bytes: UInt64
    }

    /// `quick`, `full` or `deep`.
    public let depth: String
    public let events: UInt64
    public let segments: Int
    /// Null if there is damage.
    @Nullable public private(set) var digest: String?
    public let damage: [String]
    @Nullable public private(set) var tornTail: TornTail?
    /// Events on disk that no reader was told of; the next writer takes them up.
    @Nullable public private(set) var unannounced: Offsets?

    public init(_ log: EventLog, depth: String, damage: [String], digest: Digest?) {
      self.depth = depth
      events = UInt64(log.end)
      segments = log.recovery.segmentCount
      self.damage = damage
      self.digest = digest.map { "\($0)" }
      tornTail = log.recovery.tornTail.map {
        TornTail(file: "\($0.file)", byte: UInt64($0.byte), bytes: UInt64($0.byteCount))
      }
      unannounced = log.recovery.unannounced.map(Offsets.init)
    }
  }

  /// The end of a log that was, or would be, removed.
  public struct Truncate: Answer {
    public var question: String { "truncate" }

    public struct Event: Codable, Sendable, Hashable {
      public let offset: Offset
      public let type, stream: String

      init(_ event: RecordedEvent) {
        (offset, type, stream) = (event.offset, event.type, event.stream)
      }
    }

    public let cut: Cut
    public let isDone: Bool
    public let events: UInt64
    public let turns: UInt64
    public let endOffset: Offset
    /// How many of the events cannot be read.
    public let unreadable: UInt64
    @Nullable public private(set) var firstTime: Timestamp?
    @Nullable public private(set) var lastTime: Timestamp?
    @Nullable public private(set) var first: Event?
    @Nullable public private(set) var last: Event?
    public let files: [String]
    /// The folder with their copies.
    @Nullable public private(set) var quarantine: String?

    public init(_ plan: Truncation, isDone: Bool) {
      cut = plan.cut
      self.isDone = isDone
      events = UInt64(plan.eventCount)
      turns = UInt64(plan.turnCount)
      endOffset = plan.offsets.upperBound
      unreadable = UInt64(plan.unreadableCount)
      files = plan.files.map { $0.lastComponent?.string ?? "" }
      firstTime = plan.times?.lowerBound
      lastTime = plan.times?.upperBound
      first = plan.first.map(Event.init)
      last = plan.last.map(Event.init)
      quarantine = plan.quarantined.map { "\($0)" }
    }
  }

  /// What was, or would be, done to a damaged log.
  public struct Repair: Answer {
    public var question: String { "repair" }

    public struct Step: Codable, Sendable {
      public let file, problem, action: String
      public let done: Bool
      public let lost: [Offsets]
    }

    public let isClean: Bool
    public let isDone: Bool
    public let mustFinishTruncation: Bool
    /// How many events are lost.
    public let lost: UInt64
    public let steps: [Step]
    /// What opening the log repairs.
    @Nullable public private(set) var recovered: String?
    @Nullable public private(set) var quarantine: String?

    public init(_ repair: EvlogStore.Repair, isDone: Bool, done: (EvlogStore.Repair.Step) -> Bool) {
      isClean = repair.isClean
      self.isDone = isDone
      mustFinishTruncation = repair.mustFinishTruncation
      lost = UInt64(repair.lostCount)
      steps = repair.steps.map {
        Step(
          file: $0.file.lastComponent?.string ?? "", problem: $0.problem, action: $0.action,
          done: done($0), lost: $0.lost.map(Offsets.init))
      }
      recovered = repair.recovery.flatMap { $0.isClean ? nil : "\($0)" }
      quarantine = repair.quarantined.map { "\($0)" }
    }
  }
}

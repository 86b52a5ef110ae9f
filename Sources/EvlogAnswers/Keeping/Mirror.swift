public import EvlogCore

extension Answers {
  /// A log that follows a source.
  public struct Mirror: Answer {
    public var question: String { "mirror" }
    public var source: String
    public var epoch: MirrorEpoch
    /// The last position that is in the log; null if there is none.
    @Nullable public var position: UInt64?
    public var addedEvents: UInt64 = 0
    public var addedTurns: UInt64 = 0
    /// Stretches of positions without a record, and how many positions are in them.
    public var gaps: UInt64 = 0
    public var missing: UInt64 = 0
    /// Positions behind the last record that had one before.
    public var missingAtEnd: UInt64 = 0
    /// Whether the log has all that the source had when the answer was made.
    public var isCaughtUp = false
    public var end: Cut = 0
    @Seconds public var seconds: Duration

    public init(source: String, epoch: MirrorEpoch) { (self.source, self.epoch) = (source, epoch) }
  }

  /// Which source a log mirrors.
  public struct MirrorEpoch: Codable, Sendable, Hashable {
    /// From 1; another one begins when the source was made again.
    public var number: Int
    public var stream: String
    public var created: String
    @Nullable public var cluster: String?
    /// The first position that the source had.
    public var first: UInt64

    public init(number: Int, stream: String, created: String, cluster: String?, first: UInt64) {
      (self.number, self.stream, self.created) = (number, stream, created)
      (self.cluster, self.first) = (cluster, first)
    }
  }

  /// A source compared with the log that mirrors it.
  public struct MirrorCheck: Answer {
    public var question: String { "mirror" }
    public var source: String
    public var epoch: MirrorEpoch
    @Nullable public var position: UInt64?
    /// Records of the log that were looked for at the source, and those that are the same there.
    public var compared: UInt64 = 0
    public var same: UInt64 = 0
    /// For a sample: the number of records from which it was drawn.
    @Nullable public var sampledFrom: UInt64?
    /// Whether the source lost, changed, reordered or added anything.
    public var differs = false
    public var lost = Positions()
    public var changed = Positions()
    public var reordered = Positions()
    public var added = Positions()
    public var expired = Positions()
    /// Records of the source that are not in the log yet; null for a sample.
    @Nullable public var ahead: UInt64?
    /// The first changed record, and the part of it that differs.
    @Nullable public var firstChange: PositionChange?
    @Seconds public var seconds: Duration

    public init(source: String, epoch: MirrorEpoch) { (self.source, self.epoch) = (source, epoch) }
  }

  /// Positions of a source, by ranges.
  public struct Positions: Codable, Sendable, Hashable {
    public var count: UInt64 = 0
    public var ranges: [PositionRange] = []
    /// Whether there are more ranges than these.
    public var isCut = false

    public init() {}
  }

  public struct PositionRange: Codable, Sendable, Hashable {
    public var first: UInt64
    public var last: UInt64

    public init(first: UInt64, last: UInt64) { (self.first, self.last) = (first, last) }
  }

  public struct PositionChange: Codable, Sendable, Hashable {
    public var position: UInt64
    /// `data`, `time`, `subject` or `headers`.
    public var part: String

    public init(position: UInt64, part: String) { (self.position, self.part) = (position, part) }
  }
}

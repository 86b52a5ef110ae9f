public import EvlogStore
import SystemPackage

extension Answers {
  /// The condition of a log and its disk.
  public struct Doctor: Answer {
    public var question: String { "doctor" }

    /// Something to be looked at, with what to do about it.
    public struct Finding: Codable, Sendable, Hashable {
      /// A short name, for programs.
      public var kind: String
      public var damage: Bool
      public var text: String
      public var next: String

      public init(kind: String, damage: Bool = false, text: String, next: String) {
        (self.kind, self.damage, self.text, self.next) = (kind, damage, text, next)
      }
    }

    public struct Log: Codable, Sendable {
      public let id: String
      public let format: Int
      public let hasWriter: Bool
      /// Its process.
      @Nullable public private(set) var lastWriter: String?
      public let events: UInt64
      @Nullable public private(set) var lastTime: Timestamp?
      @Nullable public private(set) var timesBackwards: UInt64?
      @Nullable public private(set) var firstBackwards: Offset?
      /// Where the mark of what is durable stands; null if there is none.
      @Nullable public private(set) var durableEnd: Cut?
      public let isPoisoned: Bool
      public let segments: Int
      public let sealedSegments: Int
      /// Full and not sealed.
      public let unsealedSegments: Int
      public let segmentBytes: UInt64
      public let storedBytes: UInt64
      @Nullable public private(set) var tornBytes: UInt64?
      public let quarantine, snapshots: Files
      /// How full the last segment is, from 0 to 1; null if it is sealed.
      @Nullable public private(set) var lastSegmentFill: Double?
      public let problems: Int
      @Seconds public private(set) var secondsToOpen: Duration

      public init(_ health: Health) {
        id = "\(health.store)"
        format = health.formatVersion
        hasWriter = health.hasWriter
        events = UInt64(health.end)
        isPoisoned = health.mark?.isPoisoned == true
        segments = health.segments.count
        sealedSegments = health.segments.count(where: \.isSealed)
        unsealedSegments = health.unsealedCount
        segmentBytes = UInt64(health.segmentBytes)
        storedBytes = health.storedBytes
        quarantine = Files(health.quarantine.count, bytes: health.quarantine.byteCount)
        snapshots = Files(health.snapshots.count, bytes: health.snapshots.byteCount)
        problems = health.problems.count
        secondsToOpen = health.timeToOpen
        lastWriter = health.lastWriter
        lastTime = health.lastTime
        timesBackwards = health.backwards?.count
        firstBackwards = health.backwards?.first
        durableEnd = health.mark?.end
        tornBytes = health.recovery.tornTail.map { UInt64($0.byteCount) }
        if let active = health.segments.last, !active.isSealed {
          lastSegmentFill = Double(active.byteCount) / Double(max(1, health.segmentBytes))
        }
      }
    }

    public struct FileSystem: Codable, Sendable {
      public let name: String
      public let freeBytes, bytes: UInt64
      /// For how many days there is room at the rate of the last events.
      @Nullable public private(set) var days: Int?

      public init(name: String, freeBytes: UInt64, bytes: UInt64, days: Int?) {
        (self.name, self.freeBytes, self.bytes) = (name, freeBytes, bytes)
        self.days = days
      }
    }

    /// How long writes took to be on the disk.
    public struct Sync: Codable, Sendable {
      public let writes: Int
      /// Of one write.
      public let bytes: Int
      @Seconds public private(set) var shortest: Duration
      @Seconds public private(set) var median: Duration
      @Seconds public private(set) var percentile99: Duration

      public init(_ probe: SyncProbe) {
        writes = probe.durations.count
        bytes = probe.byteCount
        shortest = probe.shortest
        median = probe.median
        percentile99 = probe.percentile99
      }
    }

    /// `healthy`, `look at this` or `damaged`.
    public var verdict: String {
      if findings.contains(where: \.damage) { return "damaged" }
      return findings.isEmpty ? "healthy" : "look at this"
    }
    public var findings: [Finding] = []
    /// Null if the log cannot even be opened for reading.
    @Nullable public var log: Log?
    @Nullable public var fileSystem: FileSystem?
    @Nullable public var sync: Sync?
    /// Why the disk was not tried, if that was wanted.
    @Nullable public var syncRefused: String?

    public init() {}

    private enum CodingKeys: String, CodingKey {
      case verdict, findings, log, fileSystem, sync, syncRefused
    }

    public init(from decoder: any Decoder) throws {
      let members = try decoder.container(keyedBy: CodingKeys.self)
      // It follows from the findings.
      _ = try members.decode(String.self, forKey: .verdict)
      findings = try members.decode([Finding].self, forKey: .findings)
      _log = try members.decode(Nullable<Log>.self, forKey: .log)
      _fileSystem = try members.decode(Nullable<FileSystem>.self, forKey: .fileSystem)
      _sync = try members.decode(Nullable<Sync>.self, forKey: .sync)
      _syncRefused = try members.decode(Nullable<String>.self, forKey: .syncRefused)
    }

    public func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(verdict, forKey: .verdict)
      try members.encode(findings, forKey: .findings)
      try members.encode(_log, forKey: .log)
      try members.encode(_fileSystem, forKey: .fileSystem)
      try members.encode(_sync, forKey: .sync)
      try members.encode(_syncRefused, forKey: .syncRefused)
    }
  }
}

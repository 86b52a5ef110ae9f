public import EvlogCore
public import EvlogForensics
import EvlogJSON
import EvlogMachine

extension Answers {
  /// Regions of states against event types: what is declared, what was seen, and what is unknown.
  public struct Map: Answer {
    public var question: String { "map" }

    public struct Region: Codable, Sendable, Hashable {
      public let name: String
      /// How many events came while a state was in the region.
      public let exposure: UInt64
    }

    /// What is declared of an event type in a region: the regions to which it may lead, or `ignored`, or `forbidden`.
    public enum Declared: Codable, Sendable, Hashable {
      case targets([String])
      case word(String)

      init(_ move: Move) {
        switch move {
        case .allowed(let targets): self = .targets(targets)
        case .ignored: self = .word("ignored")
        case .forbidden: self = .word("forbidden")
        }
      }

      public init(from decoder: any Decoder) throws {
        let json = try decoder.singleValueContainer().decode(JSONValue.self)
        self =
          json.stringValue.map(Declared.word)
          ?? .targets((json.arrayValue ?? []).compactMap(\.stringValue))
      }

      public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .targets(let names): try container.encode(names)
        case .word(let word): try container.encode(word)
        }
      }
    }

    public struct Target: Codable, Sendable, Hashable {
      public let region: String
      public let events: UInt64
      public let first: Offset
    }

    public struct Cell: Codable, Sendable {
      public let region, type: String
      public let mark: RegionMap.Mark
      @Nullable public private(set) var declared: Declared?
      public let events: UInt64
      /// Offsets of the first and the last of these events, and of the first one that is not as declared.
      @Nullable public private(set) var first: Offset?
      @Nullable public private(set) var last: Offset?
      @Nullable public private(set) var firstWrong: Offset?
      public let targets: [Target]

      init(_ cell: RegionMap.Cell) {
        region = cell.region
        type = cell.type
        mark = cell.mark
        events = cell.count?.events ?? 0
        targets = (cell.count?.targets ?? []).map {
          Target(region: $0.region, events: $0.events, first: $0.first)
        }
        declared = cell.move.map(Declared.init)
        first = cell.count?.first
        last = cell.count?.last
        firstWrong = cell.firstWrong
      }
    }

    public struct CellName: Codable, Sendable, Hashable {
      public let region, type: String
      public let mark: RegionMap.Mark
    }

    /// What trials of events on states that never met came to. It would happen; it did not.
    public struct Probed: Codable, Sendable {
      public struct Outcome: Codable, Sendable {
        /// `traps`, `breaks`, `undefined`, `refused`, `leads` or `changesNothing`.
        public let outcome: String
        /// What it broke or left undefined, why it was refused, or to which region it led.
        public let invariant, reason, target: String?
        public var trials: Int
        /// Of the first trial: the cut of its state (null for the initial state), and its event.
        @Nullable public private(set) var cut: Cut?
        public let offset: Offset

        public init(_ outcome: RegionOutcome, _ trial: RegionTrial) {
          trials = 1
          offset = trial.offset
          self.outcome = outcome.name
          var (invariant, reason, target): (String?, String?, String?)
          switch outcome {
          case .traps, .changesNothing: break
          case .breaks(let name), .undefined(let name): invariant = name
          case .refused(let text): reason = text
          case .leads(let region): target = region
          }
          (self.invariant, self.reason, self.target) = (invariant, reason, target)
          cut = trial.cut
        }
      }

      public struct Cell: Codable, Sendable {
        public let region, type: String
        /// The worst first.
        public var outcomes: [Outcome]

        public init(region: String, type: String) {
          (self.region, self.type) = (region, type)
          outcomes = []
        }
      }

      public var synthetic = true
      public let trials: Int
      public let cells: [Cell]

      public init(trials: Int, cells: [Cell]) {
        (self.trials, self.cells) = (trials, cells)
      }
    }

    public let machine: Machine
    public let cut: Cut
    public let regions: [Region]
    public let types: [String]
    /// How many cells have each mark.
    public let counts: [String: Int]
    public let events: UInt64
    public let ignoredByName: UInt64
    /// Events of no state.
    public let unconcerned: UInt64
    /// Events of keys at which the machine failed, from the failing event on.
    public let afterFailure: UInt64
    @Nullable public private(set) var keys: Int?
    public let failedKeys: [FailedKey]
    public let cells: [Cell]
    public package(set) var probed: Probed?
    /// What is worse than in an earlier map, and how many cells were unknown there.
    public package(set) var worsened: [CellName]?
    public package(set) var unknownBefore: Int?
    /// What was seen here and not in another map.
    public package(set) var unseen: [CellName]?
    @Seconds public package(set) var seconds: Duration
    /// Whether something is not as declared.
    public let broken: Bool

    init(_ map: RegionMap, took: Duration) {
      machine = Machine(map.machine)
      cut = map.cut
      regions = map.regions.map { Region(name: $0, exposure: map.exposure(of: $0)) }
      types = map.types
      counts = Dictionary(
        uniqueKeysWithValues: RegionMap.Mark.allCases.map { ($0.rawValue, map.count($0)) })
      events = map.tally.events
      ignoredByName = map.tally.ignored
      unconcerned = map.tally.unconcerned
      afterFailure = map.tally.afterFailure
      failedKeys = map.failedKeys.map(FailedKey.init)
      cells = map.cells.map(Cell.init)
      seconds = took
      broken = map.isBroken
      keys = map.machine.scope == .log ? nil : map.keyCount
    }

    /// How many cells have a mark.
    public func count(_ mark: RegionMap.Mark) -> Int { counts[mark.rawValue] ?? 0 }
  }
}

extension RegionMap.Mark: Codable {}

extension RegionBaseline {
  /// What an earlier map knew.
  public init(_ map: Answers.Map) {
    self.init(
      map.cells.map { (region: $0.region, type: $0.type, mark: $0.mark, events: $0.events) })
  }
}

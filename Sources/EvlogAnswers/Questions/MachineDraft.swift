public import EvlogCore
public import EvlogForensics
package import EvlogMachine

extension Answers {
  /// A first machine for a log, and the survey of the log that it was made from.
  public struct MachineDraft: Answer {
    public var question: String { "machine new" }

    /// A member of the data of an event type.
    public struct Field: Codable, Sendable {
      public let name: String
      /// The number of events that have it.
      public let count: UInt64
      public let kinds: [EventSurvey.Kind]
      /// The least and the greatest of its whole numbers.
      @Nullable public private(set) var least: Int64?
      @Nullable public private(set) var greatest: Int64?
      /// The number of different values, up to 1000.
      public let values: Int
      /// Whether it identifies the subject of an event.
      public let identifies: Bool

      init(_ field: EventSurvey.Field) {
        (name, count, kinds) = (field.name, field.count, field.kinds)
        (values, identifies) = (field.valueCount, field.identifies)
        least = field.range?.lowerBound
        greatest = field.range?.upperBound
      }
    }

    /// An event type.
    public struct EventType: Codable, Sendable {
      public let name: String
      public let count: UInt64
      public let firstOffset: Offset
      public let fields: [Field]
      /// The number of events whose data is not a JSON object.
      public let otherData: UInt64
    }

    public let machine: Machine
    /// The file that it was written to; null if it was not.
    @Nullable public private(set) var file: String?
    public let events: UInt64
    public let streams: Int
    public let types: [EventType]
    /// The guesses, each as a sentence.
    public let guesses: [String]
    /// The regions, the cells of its map, and how many of them are unknown.
    public let regions: [String]
    public let cells, unknown: Int
    /// The machine's file.
    public let source: String

    package init(
      _ survey: EventSurvey, _ machine: MachineDescriptor, map: RegionMap, guesses: [String],
      source: String, file: String?
    ) {
      self.machine = Machine(machine)
      events = survey.events
      streams = survey.streams
      types = survey.types.map {
        EventType(
          name: $0.name, count: $0.count, firstOffset: $0.first, fields: $0.fields.map(Field.init),
          otherData: $0.otherData)
      }
      self.guesses = guesses
      regions = map.regions
      cells = map.cells.count
      unknown = map.count(.unknown)
      self.source = source
      self.file = file
    }
  }
}

extension EventSurvey.Kind: Codable {}

extension Answers {
  /// A component, written to a file.
  public struct MachineComponent: Answer {
    public var question: String { "machine new" }

    /// The component's name.
    public let component: String
    public let machine: Machine
    /// The file that it was written to; null if it was not.
    @Nullable public private(set) var file: String?
    public let invariants: [MachineCheck.Invariant]
    /// The machine's file.
    public let source: String

    package init(_ machine: MachineDescriptor, component: String, source: String, file: String?) {
      self.component = component
      self.machine = Machine(machine)
      invariants = machine.invariants.map(MachineCheck.Invariant.init)
      self.source = source
      self.file = file
    }
  }
}

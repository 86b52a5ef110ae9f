public import EvlogCore
public import EvlogJSON
import EvlogMachine
import EvlogReplay

/// The event types of a history and the values of their fields, from which a first machine is drafted.
///
/// Fields are the members of an event's data. A field's values are counted up to ``Field/mostValues``.
public struct EventSurvey: Sendable {
  /// The kind of a field's value.
  public enum Kind: String, Sendable, CaseIterable {
    case text, integer, number, boolean, null, list, record
  }

  /// A member of the data of an event type.
  public struct Field: Sendable {
    /// The most different values that are counted.
    public static let mostValues = 1000
    /// The most different values that are kept.
    static let keptValues = 12

    public let name: String
    /// The number of events that have it.
    public internal(set) var count: UInt64 = 0
    /// The kinds of its values, in the order of ``Kind``.
    public var kinds: [Kind] { Kind.allCases.filter { seenKinds.contains($0) } }
    /// The least and the greatest of its whole numbers that have 64 bits.
    public internal(set) var range: ClosedRange<Int64>?
    /// How many different values it has, as far as they are counted.
    public var valueCount: Int { seen.count }
    /// The values, sorted by their texts, where they are few and none is a list or a record.
    public var values: [JSONValue]? {
      guard seen.count <= Self.keptValues, seenKinds.isDisjoint(with: [.list, .record]) else {
        return nil
      }
      return seen.sorted { $0.canonicalText < $1.canonicalText }
    }
    /// Whether it identifies the subject of an event: most events have a different value, or the stream is named after
    /// it.
    public var identifies: Bool {
      guard !seenKinds.isEmpty, seenKinds.isSubset(of: [.text, .integer]), count >= 2 else {
        return false
      }
      return streamCount * 10 >= count * 9
        || (count >= 20 && UInt64(seen.count) * 2 >= min(count, UInt64(Self.mostValues)))
    }

    var seenKinds: Set<Kind> = []
    private var seen: Set<JSONValue> = []
    /// The number of events whose stream is named by the value, or ends with it.
    private var streamCount: UInt64 = 0

    init(name: String) { self.name = name }

    mutating func add(_ value: JSONValue, in stream: String) {
      count += 1
      switch value {
      case .null: seenKinds.insert(.null)
      case .bool: seenKinds.insert(.boolean)
      case .array: seenKinds.insert(.list)
      case .object: seenKinds.insert(.record)
      case .string(let text):
        seenKinds.insert(.text)
        if names(text, stream) { streamCount += 1 }
      case .number:
        guard let whole = value.integer(Int64.self) else {
          // The canonical text of a whole number is its digits, unless it has hundreds of them.
          let isWhole = value.canonicalText.utf8.allSatisfy { $0 != 0x2E && $0 != 0x65 }
          seenKinds.insert(isWhole ? .integer : .number)
          break
        }
        seenKinds.insert(.integer)
        range = min(range?.lowerBound ?? whole, whole)...max(range?.upperBound ?? whole, whole)
        if names("\(whole)", stream) { streamCount += 1 }
      }
      if seen.count < Self.mostValues { seen.insert(value) }
    }

    private func names(_ text: String, _ stream: String) -> Bool {
      guard !text.isEmpty, stream.hasSuffix(text) else { return false }
      let before = stream.utf8.dropLast(text.utf8.count).last
      return before.map { !(0x30...0x39).contains($0) && !(0x61...0x7A).contains($0 | 0x20) }
        ?? true
    }
  }

  /// An event type.
  public struct EventType: Sendable {
    public let name: String
    public internal(set) var count: UInt64 = 0
    public let first: Offset
    /// The fields, in the order in which they were met.
    public internal(set) var fields: [Field] = []
    /// The number of events whose data is not a JSON object.
    public internal(set) var otherData: UInt64 = 0
  }

  public let events: UInt64
  public let streams: Int
  /// The types, in the order in which they were met.
  public let types: [EventType]

  /// Reads a history up to a cut.
  public init(
    of history: any History, to cut: Cut? = nil, progress: (@Sendable (UInt64) -> Void)? = nil
  ) throws {
    var types: [EventType] = []
    var places: [Name: Int] = [:]
    var fields: [[Name: Int]] = []
    var streams: Set<Name> = []
    var count: UInt64 = 0
    let counter = ProgressCounter(progress)
    try history.forEachRow(of: Query(to: cut)) { row in
      for event in row where !ControlEvents.types.contains(Name(event.type)) {
        count += 1
        streams.insert(Name(event.stream))
        let place =
          places[Name(event.type)]
          ?? {
            places[Name(event.type)] = types.count
            types.append(EventType(name: event.type, first: event.offset))
            fields.append([:])
            return types.count - 1
          }()
        types[place].count += 1
        // Data that is no JSON is counted as such.
        guard event.contentType == RecordedEvent.jsonContentType,
          case .object(let data)? = try? JSONParser.parse(event.data)
        else {
          types[place].otherData += 1
          continue
        }
        for member in data.members {
          let field =
            fields[place][Name(member.key)]
            ?? {
              fields[place][Name(member.key)] = types[place].fields.count
              types[place].fields.append(Field(name: member.key))
              return types[place].fields.count - 1
            }()
          types[place].fields[field].add(member.value, in: event.stream)
        }
      }
      counter.add(UInt64(row.count))
      return true
    }
    self.types = types
    self.streams = streams.count
    events = count
  }
}

import EvlogCore
public import EvlogJSON

/// A value that events carry: one of their own members, or one inside of their data or metadata.
///
/// As a text: `id`, `causation`, `correlation`, `turn`, `time`, `data.clock`, `metadata.cause[0]`.
public enum EventField: Sendable, Hashable, LosslessStringConvertible {
  /// The event's own id.
  case id
  /// The ids of what caused the event.
  case causation
  /// The id of the conversation that it belongs to.
  case correlation
  /// The id of its turn.
  case turn
  /// When it was recorded.
  case time
  /// A value in its data.
  case data(StatePath)
  /// A value in its metadata.
  case metadata(StatePath)

  private static let names: [String: EventField] = [
    "id": .id, "causation": .causation, "correlation": .correlation, "turn": .turn, "time": .time,
  ]

  public init?(_ text: String) {
    if let field = Self.names[text] {
      self = field
      return
    }
    for (prefix, field) in [("data", Self.data), ("metadata", Self.metadata)]
    where text.hasPrefix(prefix) {
      var rest = text.dropFirst(prefix.count)
      guard rest.first.map({ ".[".contains($0) }) ?? true else { continue }
      if rest.isEmpty {
        self = field(StatePath())
        return
      }
      if rest.first == "." { rest = rest.dropFirst() }
      // Why a path is none is no matter to one who asks whether the text is a field.
      guard let path = try? StatePath(parsing: String(rest)) else { return nil }
      self = field(path)
      return
    }
    return nil
  }

  public var description: String {
    switch self {
    case .data(let path): Self.join("data", path)
    case .metadata(let path): Self.join("metadata", path)
    default: Self.names.first { $0.value == self }?.key ?? ""
    }
  }

  private static func join(_ root: String, _ path: StatePath) -> String {
    let text = path.steps.isEmpty ? "" : path.description
    return root + (text.isEmpty || text.hasPrefix("[") ? "" : ".") + text
  }
}

/// The fields of one event. Its data and metadata are parsed when first asked for.
struct EventFields {
  let event: RecordedEvent
  private var data: JSONValue??
  private var metadata: JSONValue??

  init(_ event: RecordedEvent) { self.event = event }

  /// The value of a field; nil if the event has none.
  subscript(field: EventField) -> JSONValue? {
    mutating get {
      switch field {
      case .id: return event.id.map { .string($0) }
      case .causation: return event.causation.isEmpty ? nil : JSONValue(causes: event.causation)
      case .correlation: return event.correlation.map { .string($0) }
      case .turn: return event.turnID.map { .string($0) }
      case .time: return .int(event.recordedAt.nanoseconds)
      case .data(let path):
        if data == nil { data = .some(JSONValue(validating: event.data)) }
        return (data ?? nil)?[path]
      case .metadata(let path):
        if metadata == nil {
          metadata = .some(event.metadata.flatMap { JSONValue(validating: $0) })
        }
        return (metadata ?? nil)?[path]
      }
    }
  }
}

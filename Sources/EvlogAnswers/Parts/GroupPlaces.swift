import EvlogCore
public import EvlogCuts
public import EvlogJSON

extension Answer {
  /// The answer as one JSON object, with a member `group` that says what its cuts and offsets are in the logs of a
  /// group.
  public func json(in history: CausalHistory) throws -> JSONValue {
    guard case .object(let object) = try json() else { return try json() }
    var places = GroupPlaces()
    places.collect(self)
    let members = object.members.map { ($0.key, $0.value) }
    return .object(members + [("group", places.json(in: history))])
  }
}

/// The cuts and offsets in an answer about a group.
private struct GroupPlaces {
  private var cuts: Set<Cut> = []
  private var offsets: Set<Offset> = []

  /// Looks at every member of a value, whatever its type.
  mutating func collect(_ value: Any) {
    switch value {
    case let cut as Cut: cuts.insert(cut)
    case let offset as Offset: offsets.insert(offset)
    // A state's own numbers are no cuts, and a place in a log is none of the order.
    case is JSONValue, is String, is VectorCut, is Answers.GroupEvent, is [UInt8],
      is ArraySlice<UInt8>:
      break
    default: for child in Mirror(reflecting: value).children { collect(child.value) }
    }
  }

  func json(in history: CausalHistory) -> JSONValue {
    let vectors = cuts.filter { $0 <= history.end }.sorted().map { cut in
      let vector = history.order.vectorCut(at: cut)
      return (
        "\(cut)", JSONValue.object(zip(vector.names, vector.positions).map { ($0, .int($1)) })
      )
    }
    let events = offsets.filter { $0 < history.end.offsetAfter }.sorted().map { offset in
      let event = history.order[offset]
      let name = history.causality.lines[event.line].name
      return (
        "\(offset)", JSONValue.object([("log", .string(name)), ("offset", .int(event.offset))])
      )
    }
    return .object([("cuts", .object(vectors)), ("offsets", .object(events))])
  }
}

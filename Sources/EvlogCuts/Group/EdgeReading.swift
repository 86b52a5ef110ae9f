import EvlogCore
import EvlogJSON

/// Reads the events of a group's lines, and collects what the rules say about each.
struct EdgeReading {
  let lines: [CausalLine]
  /// By line and position, what orders the events.
  private(set) var keys: [[Int64]]
  private(set) var messages: Messages?
  private(set) var holeCount: UInt64 = 0
  private(set) var contradictions = Contradictions()
  /// The positions in its history of the events of a line that is one stream.
  private(set) var offsets: [[Offset]?]

  private let group: LogGroup
  private var builder: CausalityBuilder
  private var clocks: [RecordedClocks]
  private var matching: [MessageMatching]
  /// By event id, the event; ids that several events have are only wrong where they are referred to.
  private var ids: [String: CausalEvent] = [:]
  private var ambiguous: [String: CausalEvent] = [:]
  private let resolvesIDs: Bool
  private var references: [(effect: CausalEvent, id: String)] = []
  private var transactions: [[String: [CausalEvent]]]

  init(_ group: LogGroup) throws {
    self.group = group
    offsets = Array(repeating: nil, count: group.members.count)
    var lines: [CausalLine] = []
    for (i, member) in group.members.enumerated() {
      var end = member.history.end
      if member.stream != nil {
        var found: [Offset] = []
        try member.history.forEachRow(of: Query(to: end, stream: member.stream)) { row in
          found += row.map(\.offset)
          return true
        }
        offsets[i] = found
        end = Cut(found.count)
      }
      lines.append(CausalLine(member.name, end: end))
    }
    self.lines = lines
    builder = try CausalityBuilder(lines: lines, dangling: group.dangling)
    keys = Array(repeating: [], count: lines.count)
    clocks = []
    matching = []
    transactions = Array(repeating: [:], count: group.edges.count)
    resolvesIDs = group.edges.contains {
      switch $0 {
      case .causation, .cause: true
      default: false
      }
    }
    for rule in group.edges {
      switch rule {
      case .clock: clocks.append(RecordedClocks(lines: lines))
      case .match: matching.append(MessageMatching(lines: lines))
      default: break
      }
    }
  }

  /// Reads every line to its end, and closes the edges.
  mutating func causality() throws -> Causality {
    for (line, member) in group.members.enumerated() {
      keys[line].reserveCapacity(Int(lines[line].end))
      var position: Offset = 0
      let end = offsets[line] == nil ? lines[line].end : member.history.end
      try member.history.forEachRow(of: Query(to: end, stream: member.stream)) { row in
        for event in row where position < lines[line].end.offsetAfter {
          try read(event, as: CausalEvent(line: line, offset: position))
          position += 1
        }
        return true
      }
    }
    try resolve()
    contradictions = Contradictions(builder.edges, keys, isTime: group.order == .time)
    return try builder.build()
  }

  // MARK: - One event

  private mutating func read(_ event: RecordedEvent, as place: CausalEvent) throws {
    var fields = EventFields(event)
    keys[place.line].append(try key(&fields, of: place))
    if resolvesIDs, let id = event.id, let other = ids.updateValue(place, forKey: id) {
      ambiguous[id] = other
    }
    var (clock, match) = (0, 0)
    for (number, rule) in group.edges.enumerated() {
      switch rule {
      case .causation:
        for cause in event.causation { references.append((place, cause)) }
      case .cause(let field):
        if let value = fields[field] { try refer(to: value, from: place, field) }
      case .clock(let field):
        if let value = fields[field] {
          try clocks[clock].add(try self.clock(value, of: place, field), of: place)
        }
        clock += 1
      case .match(let send, let receive):
        for id in try ids(&fields, send, of: place) { try matching[match].addSend(id, at: place) }
        for id in try ids(&fields, receive, of: place) {
          matching[match].addReceive(id, at: place)
        }
        match += 1
      case .atomic(let field):
        guard let value = fields[field], value != .null else { continue }
        let id = value.stringValue ?? value.canonicalText
        transactions[number][id, default: []].append(place)
      }
    }
  }

  /// Times are nanoseconds; numbers of logical clocks may be of any size up to 64 bits.
  private func key(_ fields: inout EventFields, of place: CausalEvent) throws(CausalityError)
    -> Int64
  {
    if group.order == .time { return fields.event.recordedAt.nanoseconds }
    guard let value = fields[group.order], let key = value.integer(Int64.self) else {
      throw misfit(
        place, group.order, fields[group.order], "a whole number of 64 bits, to order events by")
    }
    return key
  }

  private mutating func refer(to value: JSONValue, from effect: CausalEvent, _ field: EventField)
    throws(CausalityError)
  {
    switch value {
    case .null: break
    case .array(let items): for item in items { try refer(to: item, from: effect, field) }
    case .string(let text):
      if let at = text.lastIndex(of: "@"), let line = line(named: text[..<at]),
        let offset = Offset(text[text.index(after: at)...])
      {
        try builder.addEdge(from: CausalEvent(line: line, offset: offset), to: effect)
      } else {
        references.append((effect, text))
      }
    default:
      guard let name = value["log"]?.stringValue, let offset = value["offset"]?.integer(Offset.self)
      else { throw misfit(effect, field, value, "an id, 'orders@12', or {\"log\", \"offset\"}") }
      guard let line = line(named: name[...]) else {
        return try builder.addDanglingReference("\(name)@\(offset)", of: effect)
      }
      try builder.addEdge(from: CausalEvent(line: line, offset: offset), to: effect)
    }
  }

  private func line(named name: Substring) -> Int? {
    group.members.firstIndex { Name($0.name) == Name(String(name)) }
  }

  private func clock(_ value: JSONValue, of place: CausalEvent, _ field: EventField)
    throws(CausalityError) -> [(key: String, value: UInt64)]
  {
    guard case .object(let hosts) = value else {
      throw misfit(place, field, value, "a vector clock: an object with a number for each host")
    }
    var clock: [(key: String, value: UInt64)] = []
    for host in hosts.members {
      guard let number = host.value.integer(UInt64.self) else {
        throw misfit(place, field, host.value, "a number of events of '\(host.key)'")
      }
      clock.append((host.key, number))
    }
    return clock
  }

  private func ids(_ fields: inout EventFields, _ side: EdgeRule.Side, of place: CausalEvent)
    throws(CausalityError) -> [String]
  {
    guard side.types.isEmpty || side.types.contains(fields.event.type),
      let value = fields[side.field], value != .null
    else { return [] }
    return try (value.arrayValue ?? [value]).map { item throws(CausalityError) in
      switch item {
      case .string(let id): return id
      case .number(let number): return number.text
      default: throw misfit(place, side.field, item, "the id of a message: a text or a number")
      }
    }
  }

  private func misfit(
    _ place: CausalEvent, _ field: EventField, _ value: JSONValue?, _ wanted: String
  ) -> CausalityError {
    let found = value.map { String($0.canonicalText.prefix(80)) } ?? "nothing"
    return CausalityError(
      .invalidField, "\(lines.name(place)) has \(found) in \(field), which should be \(wanted)",
      place)
  }

  // MARK: - All events

  private mutating func resolve() throws(CausalityError) {
    for (effect, id) in references {
      guard let cause = ids[id] else {
        try builder.addDanglingReference(id, of: effect)
        continue
      }
      if let other = ambiguous[id] {
        throw CausalityError(
          .ambiguousReference,
          "\(lines.name(effect)) names '\(id)' as its cause, an id that \(lines.name(other)) and "
            + "\(lines.name(cause)) have", effect, cause)
      }
      try builder.addEdge(from: cause, to: effect)
    }
    for i in clocks.indices {
      try clocks[i].addEdges(to: &builder)
      holeCount += clocks[i].holeCount
    }
    for matching in matching {
      let matched = try matching.messages(unsent: group.dangling)
      try matched.addEdges(to: &builder)
      messages = messages?.joined(with: matched) ?? matched
    }
    for id in transactions.flatMap({ $0.values }) where Set(id.map(\.line)).count > 1 {
      try builder.addAtomicGroup(id)
    }
  }
}

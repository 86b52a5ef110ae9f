public import EvlogCore
public import EvlogStore

/// The events of a group in one causal order, which is a history like any other: whatever can be asked of a log
/// can be asked of it.
///
/// An event's offset is its position in the order. Its stream is the log's name and the stream's, as in
/// `orders/order-7`, so that two logs can have a stream of the same name; its revision is that in the log. Its
/// `log` is the log's name.
public struct CausalHistory: BlockHistory, CachedHistory {
  /// The logs and the rules.
  public let group: LogGroup
  /// What caused what.
  public let causality: Causality
  /// The order of the events.
  public let order: CausalOrder
  /// The messages that rules matched; nil if there are none.
  public let messages: Messages?
  /// How often recorded vector clocks know of an event that was not recorded.
  public let holeCount: UInt64
  /// The edges that contradict the key of the order.
  public let contradictions: Contradictions
  /// The folder of snapshots and other caches; nil if the group has no place for them.
  package let cacheFolder: SideFolder?
  /// The positions in its history of a line that is one stream.
  private let offsets: [[Offset]?]
  /// By line, the events that sent or received messages, in order.
  private let mail: [[Mail]]

  private struct Mail {
    let offset: Offset
    var sent: [String] = []
    var received: [String] = []
  }

  init(_ group: LogGroup, _ reading: CausalReading, _ cacheFolder: SideFolder? = nil) {
    self.group = group
    self.cacheFolder = cacheFolder
    order = reading.order
    causality = order.causality
    messages = reading.messages
    holeCount = reading.holeCount
    contradictions = reading.contradictions
    offsets = reading.offsets
    mail = Self.mail(messages, of: group.members.count)
  }

  /// What the history was made of.
  var reading: CausalReading {
    CausalReading(
      order: order, messages: messages, holeCount: holeCount, contradictions: contradictions,
      offsets: offsets)
  }

  /// Throws ``CausalityError`` if `waypoint` is not a consistent cut.
  init(_ group: LogGroup, passing waypoint: VectorCut? = nil, _ cacheFolder: SideFolder? = nil)
    throws
  {
    var reading = try EdgeReading(group)
    let causality = try reading.causality()
    let keys = reading.keys
    let first = try waypoint.map { try causality.consistent($0) }
    let order = try CausalOrder(of: causality) { event in
      let key = keys[event.line][Int(event.offset)]
      guard let first else { return key }
      // All events of the waypoint come before all others.
      let limit: Int64 = 1 << 62
      let isFirst = event.offset < first.positions[event.line].offsetAfter
      return max(-limit, min(limit - 1, key)) &+ (isFirst ? -limit : limit)
    }
    self.init(
      group,
      CausalReading(
        order: order, messages: reading.messages, holeCount: reading.holeCount,
        contradictions: reading.contradictions, offsets: reading.offsets),
      cacheFolder)
  }

  private static func mail(_ messages: Messages?, of lineCount: Int) -> [[Mail]] {
    var mail = [[Offset: Mail]](repeating: [:], count: lineCount)
    for message in messages?.all ?? [] {
      let (send, id) = (message.send, message.id)
      // A message that was received several times was sent once.
      if mail[send.line][send.offset]?.sent.contains(id) != true {
        mail[send.line][send.offset, default: Mail(offset: send.offset)].sent.append(id)
      }
      guard let receive = message.receive else { continue }
      mail[receive.line][receive.offset, default: Mail(offset: receive.offset)].received.append(id)
    }
    return mail.map { line in
      line.values.map {
        Mail(offset: $0.offset, sent: $0.sent.sorted(), received: $0.received.sorted())
      }.sorted { $0.offset < $1.offset }
    }
  }

  public var end: Cut { order.end }

  /// The same events in an order that passes through a consistent vector cut.
  ///
  /// Throws ``CausalityError`` for a cut of other lines, and for one that is inconsistent.
  public func passing(_ cut: VectorCut) throws -> CausalHistory {
    let cut = try causality.consistent(cut)
    return order.vectorCut(at: Cut(cut.eventCount)) == cut
      ? self : try CausalHistory(group, passing: cut, cacheFolder)
  }

  /// What the histories and the rules are; nil if one of the histories has no identity.
  public var historyID: String? {
    var parts: [String] = []
    for member in group.members {
      guard let id = member.history.historyID else { return nil }
      parts.append("\(member.name)=\(id)#\(member.stream ?? "")")
    }
    let rules = group.edges.map(\.description) + ["\(group.order)", "\(group.dangling)"]
    return "\(Digest(of: Array((parts + rules).joined(separator: "\n").utf8)))"
  }

  package var byteCount: UInt64 {
    group.members.reduce(0) { $0 + (($1.history as? any CachedHistory)?.byteCount ?? 0) }
  }

  /// From the digests of the lines at the cut of each, the rules, and the order up to there.
  public func digest(at cut: Cut) throws -> Digest {
    let cut = min(cut, end)
    var digest = order.digest(at: cut).chained(with: Array(group.edges.description.utf8))
    let vector = order.vectorCut(at: cut)
    for (line, position) in vector.positions.enumerated() {
      let member = group.members[line]
      // A line that is a stream is identified by all events of its history up to there.
      let own = try member.history.digest(at: own(position, in: line))
      digest = digest.chained(with: Array("\(member.name) \(own)".utf8))
    }
    return digest
  }

  /// A position of a line as a cut of its history.
  func own(_ position: Cut, in line: Int) -> Cut {
    offsets[line].map { position == 0 ? 0 : $0[Int(position) - 1].cutAfter } ?? position
  }

  /// The event in its own history.
  public func original(_ event: CausalEvent) throws -> RecordedEvent? {
    let offset = offsets[event.line].map { $0[Int(event.offset)] } ?? event.offset
    return try group.members[event.line].history.event(at: offset)
  }

  public func event(at offset: Offset) throws -> RecordedEvent? {
    guard offset < end.offsetAfter else { return nil }
    let place = order[offset]
    return try original(place).map { placed($0, at: offset, as: place) }
  }

  /// The event of a line as the group has it.
  func placed(_ event: RecordedEvent, at offset: Offset, as place: CausalEvent) -> RecordedEvent {
    var event = event
    event.stream = "\(group.members[place.line].name)/\(event.stream)"
    settle(&event, at: offset, as: place)
    return event
  }

  /// Gives an event its place in the group, but for the name of its stream.
  func settle(_ event: inout RecordedEvent, at offset: Offset, as place: CausalEvent) {
    event.offset = offset
    event.log = group.members[place.line].name
    let mail = mail[place.line]
    let next = mail.partitioningIndex { $0.offset >= place.offset }
    if next < mail.count, mail[next].offset == place.offset {
      (event.sent, event.received) = (mail[next].sent, mail[next].received)
    }
  }

  /// Gives the rows of the events of one line by itself, as the group has them; offsets are those of the line.
  package func forEachRow(ofLine line: Int, _ body: (ArraySlice<RecordedEvent>) throws -> Void)
    throws
  {
    let member = group.members[line]
    var position: Offset = 0
    let end = causality.lines[line].end
    try member.history.forEachRow(of: Query(to: own(end, in: line), stream: member.stream)) { row in
      try body(
        row.map { event in
          defer { position += 1 }
          return placed(event, at: position, as: CausalEvent(line: line, offset: position))
        }[...])
      return true
    }
  }

  public func reader(of query: Query) throws -> any EventReader {
    if let stream = query.stream { return try reader(ofStream: stream, query) }
    let from = min(query.from, end)
    let range = from..<max(from, min(query.to ?? end, end))
    return try MergedReader(self, query, range)
  }

  /// Messages are no part of blocks, and a stream or a choice of events has rows.
  package func blockReader(of query: Query) throws -> (any BlockReader)? {
    guard query.wantsEveryEvent, !query.isBackwards, query.limit == nil, messages == nil else {
      return nil
    }
    let from = min(query.from, end)
    return try MergedBlockReader(self, from..<max(from, min(query.to ?? end, end)))
  }

  /// Only the events of one line are read.
  private func reader(ofStream stream: String, _ query: Query) throws -> any EventReader {
    guard let slash = stream.utf8.firstIndex(of: UInt8(ascii: "/")),
      let line = group.members.firstIndex(where: { Name($0.name) == Name(String(stream[..<slash])) }
      )
    else { return EventList([]).reader(of: Query()) }
    let name = String(stream[stream.index(after: slash)...])
    let member = group.members[line]
    if let only = member.stream, Name(only) != Name(name) {
      return EventList([]).reader(of: Query())
    }
    var inner = query
    inner.stream = name
    // A cut of the order is one of the line.
    inner.from = own(order.vectorCut(at: min(query.from, end)).positions[line], in: line)
    inner.to = own(order.vectorCut(at: min(query.to ?? end, end)).positions[line], in: line)
    return StreamReader(
      history: self, line: line, offsets: offsets[line],
      events: try member.history.reader(of: inner))
  }

  private struct StreamReader: EventReader {
    let history: CausalHistory
    let line: Int
    let offsets: [Offset]?
    var events: any EventReader

    mutating func nextBatch(atLeast count: Int) throws -> ArraySlice<RecordedEvent>? {
      try events.nextBatch(atLeast: count).map { row in
        row.map { event in
          let own =
            offsets.map { offsets in Offset(offsets.partitioningIndex { $0 >= event.offset }) }
            ?? event.offset
          let place = CausalEvent(line: line, offset: own)
          return history.placed(event, at: history.order.offset(of: place), as: place)
        }[...]
      }
    }
  }
}

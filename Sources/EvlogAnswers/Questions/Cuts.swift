public import EvlogCore
public import EvlogCuts

extension CausalHistory {
  /// An event of the group, as an answer names it.
  func place(_ event: CausalEvent) throws -> Answers.GroupEvent {
    Answers.GroupEvent(
      log: causality.lines[event.line].name, offset: event.offset, event: try original(event))
  }

  /// Whether a cut is consistent, what makes it inconsistent, and the nearest consistent cuts. Throws
  /// `CausalityError` for a cut of other logs.
  public func check(_ cut: VectorCut, asked question: String = "cut check", time: Timestamp? = nil)
    throws -> Answers.CutCheck
  {
    var answer = Answers.CutCheck(question: question, cut: try cut.arranged(as: group.names))
    answer.time = time
    if let edge = try causality.crossingEdge(of: answer.cut) {
      answer.consistent = false
      answer.edge = Answers.CutCheck.Edge(
        cause: try place(edge.cause), effect: try place(edge.effect), atomic: edge.isAtomic)
    }
    answer.below = try causality.nearestBelow(answer.cut)
    answer.above = try causality.nearestAbove(answer.cut)
    return answer
  }

  /// The vector cut before the first events of a time or later; logs are cut one by one.
  public func cut(at time: Timestamp) throws -> VectorCut {
    var positions: [Cut] = []
    for (member, line) in zip(group.members, causality.lines) {
      var position: Cut = 0
      try member.history.forEachRow(of: Query(stream: member.stream)) { row in
        for event in row {
          if event.recordedAt >= time || position == line.end { return false }
          position += 1
        }
        return true
      }
      positions.append(position)
    }
    return try VectorCut(names: group.names, positions: positions)
  }

  /// The least consistent cut that has some events in it.
  public func cut(of events: [CausalEvent]) throws -> Answers.CutOf {
    Answers.CutOf(
      events: try events.map(place), cut: try causality.leastCut(containing: events))
  }

  /// The messages that were sent and not yet received at a cut.
  public func inFlight(at cut: VectorCut) throws -> Answers.InFlight {
    let found = try messages?.inFlight(at: cut) ?? []
    return Answers.InFlight(
      cut: try cut.arranged(as: group.names), isConsistent: try causality.isConsistent(cut),
      messages: try found.map {
        .init(id: $0.id, sent: try place($0.send), received: try $0.receive.map(place))
      })
  }

  /// What is known of the events' causes.
  public func statistics() throws -> Answers.CutStats {
    let known = causality.statistics
    var answer = Answers.CutStats(
      logs: causality.lines.map { .init(name: $0.name, events: UInt64($0.end)) })
    answer.events = known.events
    answer.edges = known.edges
    answer.eventsWithEdges = known.effects
    answer.transactions = known.atomicGroups
    answer.unresolvedReferences = known.danglingReferences
    answer.clockHoles = holeCount
    answer.messages = messages.map { UInt64($0.all.count) }
    answer.concurrentPairs = causality.concurrentPairCount
    answer.corrections = order.corrections
    answer.contradictions = contradictions.count
    answer.firstContradiction = try contradictions.first.map {
      .init(cause: try place($0.cause), effect: try place($0.effect), atomic: false)
    }
    answer.bytes = UInt64(causality.byteCount + order.byteCount)
    return answer
  }
}

extension Answers {
  /// An event of a group, by its log.
  public struct GroupEvent: Codable, Sendable {
    public let log: String
    /// The position in its log.
    public let offset: Offset
    /// The event as its log has it; null if it cannot be read.
    @Nullable public private(set) var event: RecordedEvent?

    init(log: String, offset: Offset, event: RecordedEvent?) {
      (self.log, self.offset) = (log, offset)
      self.event = event
    }

    /// Such as `payments@812`.
    public var name: String { "\(log)@\(offset)" }
  }

  /// Whether a vector cut is consistent.
  public struct CutCheck: Answer {
    public let question: String

    /// A direct edge from an event outside of the cut to one inside.
    public struct Edge: Codable, Sendable {
      public let cause, effect: GroupEvent
      /// Whether the two belong to one transaction.
      public let atomic: Bool
    }

    public internal(set) var cut: VectorCut
    /// The time that the cut was asked for.
    public internal(set) var time: Timestamp?
    /// What makes the cut inconsistent; null if it is consistent.
    @Nullable public internal(set) var edge: Edge?
    /// The greatest consistent cut that the cut includes.
    public internal(set) var below: VectorCut
    /// The least consistent cut that includes it.
    public internal(set) var above: VectorCut
    public internal(set) var consistent: Bool

    init(question: String, cut: VectorCut) {
      self.question = question
      (self.cut, below, above) = (cut, cut, cut)
      consistent = true
    }

    enum CodingKeys: String, CodingKey {
      case question = "command"
      case cut, time, consistent, edge, below, above
    }
  }

  /// The least consistent cut with some events in it.
  public struct CutOf: Answer {
    public var question: String { "cut of" }
    public let events: [GroupEvent]
    public let cut: VectorCut
  }

  /// The messages that are in flight at a cut.
  public struct InFlight: Answer {
    public var question: String { "cut in-flight" }

    public struct Message: Codable, Sendable {
      public let id: String
      public let sent: GroupEvent
      /// Where it was received later; null if it never was.
      @Nullable public private(set) var received: GroupEvent?

      init(id: String, sent: GroupEvent, received: GroupEvent?) {
        (self.id, self.sent) = (id, sent)
        self.received = received
      }
    }

    public let cut: VectorCut
    /// At an inconsistent cut, a message may have been received and not sent.
    public let consistent: Bool
    public let messages: [Message]

    init(cut: VectorCut, isConsistent: Bool, messages: [Message]) {
      (self.cut, consistent, self.messages) = (cut, isConsistent, messages)
    }
  }

  /// A group's events in one causal order.
  public struct CutOrder: Answer {
    public var question: String { "cut order" }

    public struct Row: Codable, Sendable {
      /// The position in the order.
      public let position: Offset
      public let log: String
      /// The position in the log.
      public let offset: Offset
    }

    public let events: UInt64
    /// How many events come later than what orders them says, because of edges.
    public let corrections: UInt64
    /// The part of the order that was asked for.
    public let order: [Row]

    public init(_ history: CausalHistory, _ range: Range<Offset>) {
      events = UInt64(history.end)
      corrections = history.order.corrections
      order = range.map { position in
        let event = history.order[position]
        return Row(
          position: position, log: history.causality.lines[event.line].name, offset: event.offset)
      }
    }
  }

  /// What is known of the causes of a group's events.
  public struct CutStats: Answer {
    public var question: String { "cut stats" }

    public struct Log: Codable, Sendable, Hashable {
      public let name: String
      public let events: UInt64
    }

    public let logs: [Log]
    public internal(set) var events: UInt64 = 0
    /// Direct edges that were found.
    public internal(set) var edges: UInt64 = 0
    /// Events that have at least one direct cause.
    public internal(set) var eventsWithEdges: UInt64 = 0
    /// Transactions that lie in several logs.
    public internal(set) var transactions: UInt64 = 0
    /// References to events that are not in the group.
    public internal(set) var unresolvedReferences: UInt64 = 0
    /// How often a vector clock knows of an event that was not recorded.
    public internal(set) var clockHoles: UInt64 = 0
    /// Messages that were matched; null if no rule matches any.
    @Nullable public internal(set) var messages: UInt64?
    /// Pairs of events of which neither is in the other's past.
    public internal(set) var concurrentPairs: UInt64 = 0
    /// How many events come later in the causal order than what orders them says.
    public internal(set) var corrections: UInt64 = 0
    /// Edges whose cause is later than its effect by what orders events.
    public internal(set) var contradictions: UInt64 = 0
    /// The first of them.
    @Nullable public internal(set) var firstContradiction: CutCheck.Edge?
    /// What clocks and order take in memory.
    public internal(set) var bytes: UInt64 = 0

    init(logs: [Log]) { self.logs = logs }
  }
}

import EvlogCore

/// A message: the event that sent it, and the event that received it.
public struct Message: Sendable, Hashable {
  /// The id by which the two were matched.
  public let id: String
  /// The event that sent it.
  public let send: CausalEvent
  /// The event that received it; nil if no event did.
  public let receive: CausalEvent?
}

/// Matched messages. They are edges, and at each cut some are in flight: the channels' state of Chandy and
/// Lamport's snapshots.
public struct Messages: Sendable {
  /// The messages, by line and position of what sent them. One that was received several times is there once
  /// for each.
  public let all: [Message]
  /// The ids of messages that were received but not sent; there are some only if those are counted.
  public let unsent: [String]
  private let lines: [CausalLine]

  init(_ lines: [CausalLine], _ all: [Message], unsent: [String]) {
    (self.lines, self.all, self.unsent) = (lines, all, unsent)
  }

  /// These and others of the same lines.
  func joined(with other: Messages) -> Messages {
    Messages(lines, all + other.all, unsent: unsent + other.unsent)
  }

  /// Adds an edge for each message that was received.
  public func addEdges(to builder: inout CausalityBuilder) throws(CausalityError) {
    for message in all {
      guard let receive = message.receive else { continue }
      try builder.addEdge(from: message.send, to: receive)
    }
  }

  /// The messages that were sent before a cut, and not received before it; each once, however often it is received
  /// later.
  ///
  /// Throws ``CausalityError`` for a cut that does not name the same lines.
  public func inFlight(at cut: VectorCut) throws(CausalityError) -> [Message] {
    let positions = try cut.arranged(as: lines.map(\.name)).positions
    func isIn(_ event: CausalEvent) -> Bool { event.offset.cutAfter <= positions[event.line] }
    let received = Set(all.filter { $0.receive.map(isIn) ?? false }.map(\.id))
    var seen: Set<String> = []
    return all.filter {
      isIn($0.send) && !received.contains($0.id) && seen.insert($0.id).inserted
    }
  }
}

/// Matches what was sent with what was received, by ids.
///
/// Events may come in any order, so that lines can be read one after another.
public struct MessageMatching: Sendable {
  private let lines: [CausalLine]
  private var sends: [String: CausalEvent] = [:]
  private var receives: [(id: String, event: CausalEvent)] = []

  public init(lines: [CausalLine]) { self.lines = lines }

  /// Adds a send. Throws ``CausalityError`` with both events if another message has the id.
  public mutating func addSend(_ id: String, at event: CausalEvent) throws(CausalityError) {
    if let other = sends.updateValue(event, forKey: id) {
      throw CausalityError(
        .duplicateSend,
        "\(lines.name(event)) sends the message '\(id)', as \(lines.name(other)) does", event, other
      )
    }
  }

  /// Adds a receive. A message may be received several times.
  public mutating func addReceive(_ id: String, at event: CausalEvent) {
    receives.append((id, event))
  }

  /// Matches all. Throws ``CausalityError`` for a receive without a send, unless these are to be counted.
  public consuming func messages(unsent: DanglingReferences = .refused) throws(CausalityError)
    -> Messages
  {
    var matched: [Message] = []
    var unsentIDs: [String] = []
    var isReceived: Set<String> = []
    for (id, receive) in receives {
      guard let send = sends[id] else {
        guard unsent == .counted else {
          throw CausalityError(
            .unsentMessage,
            "\(lines.name(receive)) receives the message '\(id)', which no event sends", receive)
        }
        unsentIDs.append(id)
        continue
      }
      isReceived.insert(id)
      matched.append(Message(id: id, send: send, receive: receive))
    }
    for (id, send) in sends where !isReceived.contains(id) {
      matched.append(Message(id: id, send: send, receive: nil))
    }
    func key(_ event: CausalEvent?) -> (Int, Offset) { (event?.line ?? -1, event?.offset ?? 0) }
    matched.sort {
      let (a, b) = (key($0.send), key($1.send))
      return a == b ? key($0.receive) < key($1.receive) : a < b
    }
    return Messages(lines, matched, unsent: unsentIDs)
  }
}

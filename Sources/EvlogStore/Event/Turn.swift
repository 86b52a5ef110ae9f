/// The events of one decision: all of them go into the log, or none of them.
public struct Turn: Sendable, Hashable {
  /// What must be true of a stream for the turn to be accepted.
  public enum Expectation: Sendable, Hashable {
    /// Anything.
    case any
    /// No event yet.
    case noStream
    /// At least one event.
    case streamExists
    /// Its last event has exactly this revision.
    case revision(Revision)
  }

  /// The turn's id. Appending a turn whose id is already in the log returns the earlier turn's place.
  public var id: String?
  /// The events, at least one; they get consecutive offsets, in this order.
  public var events: [NewEvent]
  /// The expectations by stream; a stream that is not named may be at any revision.
  public var expectations: [String: Expectation]
  /// Whether evlog itself made it: only then may it have names that are evlog's own.
  private var isOwn = false

  public init(
    _ events: [NewEvent], id: String? = nil, expecting expectations: [String: Expectation] = [:]
  ) {
    self.id = id
    self.events = events
    self.expectations = expectations
  }

  /// A turn that may have an id, types and streams that are evlog's own.
  package init(
    own events: [NewEvent], id: String? = nil, expecting expectations: [String: Expectation] = [:]
  ) {
    self.init(events, id: id, expecting: expectations)
    isOwn = true
  }

  /// What names begin with that only evlog gives: to types and streams, and to turns.
  package static let ownPrefix = "evlog."

  private func checkNames() throws(EventLogError) {
    func refuse(_ name: String, _ what: String) throws(EventLogError) {
      throw EventLogError(
        .invalidEvent, "\(what) '\(name)' begins with '\(Self.ownPrefix)', as only evlog's own do",
        advice: "Choose another name.")
    }
    for event in events {
      if Self.isOwn(event.type) { try refuse(event.type, "The type") }
      if Self.isOwn(event.stream) { try refuse(event.stream, "The stream") }
    }
    if let id, Self.isOwn(id) { try refuse(id, "The turn's id") }
  }

  /// Asked of every event: most names differ in the first byte.
  @inline(__always)
  package static func isOwn(_ name: String) -> Bool {
    name.utf8.first == UInt8(ascii: "e") && name.utf8.starts(with: ownPrefix.utf8)
  }

  /// Throws where a limit is exceeded that is not one of a single event's, or a name is evlog's own.
  func check() throws(EventLogError) {
    guard !events.isEmpty else {
      throw EventLogError(.invalidEvent, "A turn needs at least one event")
    }
    guard events.count <= Limits.turnEvents else {
      throw EventLogError(
        .tooLarge,
        "A turn has \(events.count) events, more than the limit of \(Limits.turnEvents)",
        advice: "Split it into several turns.")
    }
    if let id {
      guard !id.isEmpty else { throw EventLogError(.invalidEvent, "A turn has an empty id") }
      guard id.utf8.count <= Limits.idBytes else {
        throw EventLogError(
          .tooLarge,
          "A turn's id has \(id.utf8.count) bytes, more than the limit of \(Limits.idBytes)")
      }
    }
    if !isOwn { try checkNames() }
  }

  /// Throws where the data and metadata of all events are more than a turn may have.
  static func check(byteCount bytes: Int) throws(EventLogError) {
    guard bytes <= Limits.turnBytes else {
      throw EventLogError(
        .tooLarge, "A turn has \(bytes) bytes of data, more than the limit of \(Limits.turnBytes)",
        advice: "Split it into several turns.")
    }
  }
}

/// Where a turn is in the log.
public struct Appended: Sendable {
  /// The offsets of its events.
  public let offsets: Range<Offset>
  /// True if the turn was already in the log, by its id, and nothing was written.
  public let wasAlreadyThere: Bool
  private let events: [NewEvent]
  /// By event: its position in its stream.
  private let eventRevisions: [Revision]

  package init(
    offsets: Range<Offset>, wasAlreadyThere: Bool, events: [NewEvent] = [],
    eventRevisions: [Revision] = []
  ) {
    self.offsets = offsets
    self.wasAlreadyThere = wasAlreadyThere
    self.events = events
    self.eventRevisions = eventRevisions
  }

  /// The revision of the last event of each stream in the turn, in the order in which the turn first uses them.
  public var revisions: [StreamRevision] {
    var names = NameTable()
    var result: [StreamRevision] = []
    for (event, revision) in zip(events, eventRevisions) {
      let number = names.add(event.stream)
      let last = StreamRevision(stream: event.stream, revision: revision)
      if number == result.count { result.append(last) } else { result[number] = last }
    }
    return result
  }

  /// The revision of a stream's last event, if the stream is in the turn.
  public func revision(of stream: String) -> Revision? {
    revisions.first { Name($0.stream) == Name(stream) }?.revision
  }
}

/// A stream's name and its last revision.
public struct StreamRevision: Sendable, Hashable {
  /// The stream's name.
  public let stream: String
  /// The revision of its last event.
  public let revision: Revision
}

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
  package private(set) var isOwn = false

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
  @inlinable package static var ownPrefix: String { "evlog." }

  /// Asked of every event: most names differ in the first byte.
  @inlinable @inline(__always)
  package static func isOwn(_ name: String) -> Bool {
    name.utf8.first == UInt8(ascii: "e") && name.utf8.starts(with: ownPrefix.utf8)
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

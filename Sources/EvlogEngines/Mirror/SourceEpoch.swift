import EvlogCore
import EvlogJSON
import EvlogStore

/// A stretch of a log that comes from one source; a source that was made again begins another one.
///
/// It begins with an event that says which source it is. The ids of the events and turns that follow say at which
/// positions of the source they were, so the log itself knows where its mirror is.
package struct SourceEpoch: Sendable, Hashable {
  package var address: String
  package var identity: SourceIdentity
  /// From 1.
  package var number: Int
  /// The first position that the source had, or would give to its next record.
  package var first: UInt64

  init(address: String, identity: SourceIdentity, number: Int, first: UInt64) {
    (self.address, self.identity, self.number, self.first) = (address, identity, number, first)
  }

  // MARK: Names

  private var idPrefix: String { identity.name + (number == 1 ? "/" : "@\(number)/") }

  /// The id of the event at a position.
  func eventID(_ position: UInt64) -> String { idPrefix + String(position) }

  /// The position of an event with an id; nil if it does not come from this epoch.
  func position(of id: String?) -> UInt64? {
    guard let id, id.utf8.starts(with: idPrefix.utf8) else { return nil }
    return UInt64(Substring(id.utf8.dropFirst(idPrefix.utf8.count)))
  }

  /// The id of the turn with the records from one position to another.
  func turnID(_ positions: ClosedRange<UInt64>) -> String {
    "evlog.mirror:\(digest):\(positions.lowerBound):\(positions.upperBound)"
  }

  private var digest: Digest { Digest(of: json.canonicalBytes) }

  // MARK: The event

  private var json: JSONValue {
    .object([
      ("epoch", .int(number)), ("stream", .string(identity.name)),
      ("created", .string(identity.created.description)),
      ("cluster", identity.cluster.map { .string($0) } ?? .null), ("first", .int(first)),
    ])
  }

  func event(at time: Timestamp) -> NewEvent {
    var members = [("source", JSONValue.string(address))]
    if case .object(let object) = json { members += object.members.map { ($0.key, $0.value) } }
    return NewEvent(
      stream: SourceEvents.epoch, type: SourceEvents.epoch,
      data: JSONValue.object(members).canonicalBytes,
      recordedAt: time)
  }

  /// Nil if the event is not what ``event(at:)`` makes.
  init?(_ event: RecordedEvent) {
    // What cannot be read is no epoch.
    guard event.type == SourceEvents.epoch, let json = try? JSONParser.parse(event.data),
      let address = json["source"]?.stringValue, let number = json["epoch"]?.integer(Int.self),
      let name = json["stream"]?.stringValue,
      let created = json["created"]?.stringValue.flatMap({ Timestamp($0) }),
      let first = json["first"]?.integer(UInt64.self)
    else { return nil }
    self.init(
      address: address,
      identity: SourceIdentity(
        name: name, created: created, cluster: json["cluster"]?.stringValue),
      number: number, first: first)
  }
}

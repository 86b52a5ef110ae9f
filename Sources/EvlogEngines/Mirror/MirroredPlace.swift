package import EvlogCore
import EvlogStore

/// The event that names a log's source is not one that this program can read.
package struct UnreadableEpoch: Error {
  package let offset: Offset
}

/// How far a log has mirrored a source: found in the log itself, and nowhere else.
struct MirroredPlace {
  var epoch: SourceEpoch
  /// The position of the next record.
  var next: UInt64
  /// The offset of the event with which the epoch begins.
  var offset: Offset

  /// Nil if the log mirrors nothing yet.
  init?(in log: EventLog) throws {
    guard let event = try Self.last(SourceEvents.epoch, in: log) else { return nil }
    guard let epoch = SourceEpoch(event) else {
      throw UnreadableEpoch(offset: event.offset)
    }
    self.init(epoch, at: event.offset)
    var cursor = log.events(
      Query(from: event.offset.cutAfter, isBackwards: true)
    ).makeCursor()
    // What others appended since comes before it.
    while let event = try cursor.next() {
      guard let position = epoch.position(of: event.id) else { continue }
      next = position + 1
      break
    }
  }

  /// At the beginning of an epoch.
  init(_ epoch: SourceEpoch, at offset: Offset) {
    (self.epoch, next, self.offset) = (epoch, epoch.first, offset)
  }

  private static func last(_ stream: String, in log: EventLog) throws(EventLogError)
    -> RecordedEvent?
  {
    guard try log.lastRevision(of: stream) != nil else { return nil }
    var cursor = log.events(Query(stream: stream, isBackwards: true, limit: 1)).makeCursor()
    return try cursor.next()
  }
}

// MARK: - Whether a source continues it

extension MirroredPlace {
  /// How many records are compared at most, until one is found that the source still has.
  private static let anchors = 256

  /// Why the source does not continue what was mirrored, or nil. Compares the last record that both have.
  func discontinuity(
    _ state: SourceState, _ source: any EngineSource, _ mapping: RecordMapping, in log: EventLog
  ) throws -> Discontinuity? {
    let known = epoch.identity
    guard known.name == state.identity.name else { return .otherSource(known: epoch.address) }
    guard known.created == state.identity.created else {
      return .recreated(known: known, now: state.identity)
    }
    guard next > epoch.first else {
      return state.first > next ? .expired(next..<state.first) : nil
    }
    guard state.last >= next - 1 else {
      return .truncated(last: state.last, position: next - 1)
    }
    if state.first > next { return .expired(next..<state.first) }
    var cursor = log.events(Query(from: offset.cutAfter, isBackwards: true)).makeCursor()
    var tried = 0
    while tried < Self.anchors, let event = try cursor.next() {
      guard let position = epoch.position(of: event.id) else { continue }
      guard position >= state.first else { break }
      tried += 1
      guard let record = try source.record(at: position) else { continue }
      return mapping.difference(of: record, from: event).map {
        .different(position: position, part: $0)
      }
    }
    return .unverifiable(position: next - 1, first: state.first)
  }
}

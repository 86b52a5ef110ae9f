import EvlogCore
import EvlogMachine
import GRDB

/// Applies events to a database, a batch in a transaction. It is used by one transaction at a time.
final class Batch<P: Projection>: @unchecked Sendable {
  let projection: P
  let history: any History
  private let upcasters: [Upcaster]
  private let types: Set<String>?
  /// Where the last batch ended, and the way on from there.
  private var cursor: (position: Cut, end: Cut, events: EventsAhead<P>)?
  /// More events than this are read ahead of the transaction.
  private static var few: UInt64 { 500 }
  private var quarantine: [Name: Offset]?
  /// Whether a failure may be noted at which it stopped.
  private var hasStopped = true

  init(_ projection: P, _ history: any History, _ types: Set<String>?) {
    self.projection = projection
    self.history = history
    upcasters = projection.upcasters
    self.types = types
  }

  /// A handler threw; the transaction it was in must not be kept.
  struct Failed: Error {
    let event: RecordedEvent
    let underlying: any Error
  }

  /// What one batch did.
  struct Result: Sendable {
    var position: Cut
    var events = 0
    /// Whether something personal was taken out of the tables.
    var hasErased = false
  }

  /// Applies events from the position on, before `end` and about `count` of them. Throws `Failed` where
  /// the handler does.
  func apply(_ db: Database, before end: Cut, atMost count: Int) throws -> Result {
    let start = try Bookkeeping.position(db)
    guard start < end else { return Result(position: start) }
    if cursor?.position != start || cursor?.end != end {
      let query = Query(from: start, to: end, types: types)
      let events = try EventsAhead(
        projection, upcasters, history, query, isMany: end - start > Self.few)
      cursor = (start, end, events)
    }
    // The cursor is ahead of the database until the transaction is committed.
    guard let (_, _, events) = cursor.take() else { return Result(position: start) }
    let quarantine = try quarantine ?? Bookkeeping.quarantine(db)
    self.quarantine = quarantine
    var applied = 0
    var hasErased = false
    while applied < count, let next = try events.next() {
      applied += 1
      if case .success(.erasure) = next { hasErased = true }
      if !quarantine.isEmpty, let stream = events.lastStream, quarantine[Name(stream)] != nil {
        continue
      }
      do { try projection.apply(next.get(), to: db) } catch {
        guard let event = events.last else { throw error }
        throw try failed(event, error)
      }
    }
    // Where there were fewer, none of the events before the end is left.
    let position = applied < count ? end : (events.last?.offset.cutAfter ?? end)
    try Bookkeeping.move(db, from: start, to: position, in: history)
    if hasStopped { try Bookkeeping.forgetStops(before: position, db) }
    hasStopped = false
    cursor = (position, end, events)
    return Result(position: position, events: applied, hasErased: hasErased)
  }

  /// Applies one event, wherever the position is.
  func apply(_ event: RecordedEvent, _ db: Database) throws {
    do { try projection.applyRecorded(event, upcasters, to: db) } catch {
      throw try failed(event, error)
    }
  }

  /// The failure of an event; throws what is the disk's.
  private func failed(_ event: RecordedEvent, _ error: any Error) throws -> Failed {
    if let error = error as? DatabaseError, error.isOfStorage { throw error }
    return Failed(event: event, underlying: error)
  }

  /// After a transaction that was not kept, or another way of changing the database.
  func forget() {
    cursor = nil
    quarantine = nil
    hasStopped = true
  }
}

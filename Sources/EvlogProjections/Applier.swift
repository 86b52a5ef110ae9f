import EvlogMachine
import EvlogStore
import GRDB
import Synchronization

/// Brings a database on, event by event, and deals with handlers that fail.
struct Applier<P: Projection>: Sendable {
  let database: ProjectionDatabase<P>
  let policy: FailurePolicy
  let batchSize: Int
  /// Called after each transaction with the position and the number of its events.
  let advanced: @Sendable (Cut, Int) -> Void

  /// Applies what there is before `end`. Throws `ProjectionError.failed` where the policy is to stop.
  func advance(to end: Cut) async throws {
    while true {
      try Task.checkCancellation()
      do {
        let count = batchSize
        let result = try await database.transaction { db, batch in
          try batch.apply(db, before: end, atMost: count)
        }
        committed(result)
        if result.position >= end { return }
      } catch let failed as Batch<P>.Failed {
        try await pass(failed.event, failed.underlying)
      }
    }
  }

  private func committed(_ result: Batch<P>.Result) {
    if result.hasErased { database.removeOlder() }
    advanced(result.position, result.events)
  }

  /// The handler failed at an event: applies all before it, and then does what the policy says.
  private func pass(_ event: RecordedEvent, _ error: any Error) async throws {
    let offset = event.offset
    // What comes before it was in the batch that was not kept. If that fails too, it comes first.
    let before = try await database.transaction { db, batch in
      try batch.apply(db, before: offset.cutBefore, atMost: .max)
    }
    committed(before)
    var message = "\(error)"
    var attempts = 1
    for retry in 0..<policy.retries {
      try await Task.sleep(for: policy.pause(before: retry))
      attempts += 1
      do {
        let result = try await database.transaction { db, batch in
          try batch.apply(db, before: offset.cutAfter, atMost: 1)
        }
        return committed(result)
      } catch let failed as Batch<P>.Failed { message = "\(failed.underlying)" }
    }
    // An erasure that fails must not be passed over, and concerns another stream than its own.
    let isControl = ControlEvents.contain(event.type)
    let failure = ProjectionFailure(
      offset: offset, stream: event.stream, type: event.type, message: message,
      attempts: attempts, outcome: isControl ? .stop : policy.outcome, failedAt: .now())
    let isMine = try await database.transaction { db, batch in
      // Somebody else may have met the same event, and dealt with it.
      guard try Bookkeeping.position(db) == offset.cutBefore else { return false }
      try Bookkeeping.note(failure, db)
      if failure.outcome != .stop {
        try Bookkeeping.move(db, from: offset.cutBefore, to: offset.cutAfter, in: batch.history)
      }
      batch.forget()
      return true
    }
    if !isMine { return }
    if failure.outcome == .stop { throw ProjectionError.failed(failure) }
    advanced(offset.cutAfter, 1)
  }

  // MARK: Retries

  /// Applies an event that was passed over, now.
  func retry(_ failure: ProjectionFailure, _ history: any History) async throws {
    guard let event = try history.event(at: failure.offset) else { return }
    do {
      try await database.transaction { db, batch in
        try batch.apply(event, db)
        try Bookkeeping.forgetFailure(at: event.offset, db)
      }
    } catch let failed as Batch<P>.Failed {
      try await note(again: failure, failed.underlying)
    }
  }

  /// Applies what was left out of a stream, in its order, and lets it go on.
  func retry(stream: String, since: Offset, _ failure: ProjectionFailure, _ history: any History)
    async throws
  {
    let types = database.types
    do {
      try await database.transaction { db, batch in
        let position = try Bookkeeping.position(db)
        let query = Query(from: since.cutBefore, to: position, stream: stream, types: types)
        try history.forEachRow(of: query) { events in
          for event in events { try batch.apply(event, db) }
          return true
        }
        try Bookkeeping.release(stream, db)
        batch.forget()
      }
    } catch let failed as Batch<P>.Failed {
      var failure = failure
      failure.type = failed.event.type
      try await note(again: failure, failed.underlying)
    }
  }

  private func note(again failure: ProjectionFailure, _ error: any Error) async throws {
    var failure = failure
    failure.attempts += 1
    failure.message = "\(error)"
    failure.failedAt = .now()
    let noted = failure
    try await database.transaction { db, _ in try Bookkeeping.note(noted, db) }
    throw ProjectionError.failed(noted)
  }
}

import Dispatch
import Synchronization
import SystemPackage

/// The one thread of execution that writes to a log.
///
/// Turns queue up while a sync is running; whatever waits when it is done forms the next frame, and
/// one sync makes all of it durable (group commit).
final class Writer: Sendable {
  /// A turn that waits, and what to do with the answer.
  struct Request: Sendable {
    let turn: Turn
    let answer: @Sendable (Result<Appended, EventLogError>) -> Void
  }

  private let waiting = Mutex<[Request]>([])
  private let commits = DispatchQueue(label: "evlog.commit", qos: .userInitiated)
  private let seals = DispatchQueue(label: "evlog.seal", qos: .utility)
  private let commit = Mutex<Commit?>(nil)

  func attach(_ log: EventLog) { commit.withLock { $0 = .some(Commit(log: log)) } }

  /// Makes the active segment where there is none, and takes up the sealing that is left to do.
  func begin() throws(EventLogError) {
    try withCommit { commit throws(EventLogError) in try commit.begin() }
    scheduleUpkeep()
  }

  /// Adds a turn and returns at once.
  func append(_ request: Request) {
    waiting.withLock { $0.append(request) }
    commits.async { self.drain() }
  }

  /// Adds a turn and returns when it is durable; writes it on this thread if no other thread is writing.
  func appendAndWait(_ turn: Turn) -> Result<Appended, EventLogError> { appendAndWait([turn])[0] }

  /// Adds turns at once, so that they share frames.
  func appendAndWait(_ turns: [Turn]) -> [Result<Appended, EventLogError>] {
    let slots = turns.map { _ in Slot() }
    waiting.withLock { waiting in
      for (turn, slot) in zip(turns, slots) {
        waiting.append(Request(turn: turn) { answer in slot.value.withLock { $0 = answer } })
      }
    }
    commits.sync { drain() }
    return slots.map { slot in
      slot.value.withLock { $0 } ?? .failure(EventLogError(.closed, "The log was closed"))
    }
  }

  private final class Slot: Sendable {
    let value = Mutex<Result<Appended, EventLogError>?>(nil)
  }

  /// Writes all that waits. Runs on the commit queue.
  private func drain() {
    while true {
      let requests = waiting.withLock { waiting in
        defer { waiting = [] }
        return waiting
      }
      if requests.isEmpty { return }
      // Whoever waits holds the log, but only until the answer: it must live to the end of this.
      guard let log = commit.withLock({ $0?.log }) else {
        let closed = EventLogError(.closed, "The log was closed")
        for request in requests { request.answer(.failure(closed)) }
        return
      }
      withExtendedLifetime(log) {
        let hasRolled = commit.withLock { commit in commit?.run(requests) ?? false }
        if hasRolled { scheduleUpkeep() }
      }
    }
  }

  private func withCommit<T: Sendable>(
    _ body: @Sendable (inout Commit) throws(EventLogError) -> T
  ) throws(EventLogError) -> T {
    let result: Result<T, EventLogError> = commits.sync {
      commit.withLock { commit in
        guard var open = commit.take() else {
          return .failure(EventLogError(.closed, "The log was closed"))
        }
        let result = Result { () throws(EventLogError) -> T in try body(&open) }
        commit = consume open
        return result
      }
    }
    return try result.get()
  }

  /// Ends the active segment, so that it can be sealed; nothing where it is empty.
  func roll() throws(EventLogError) {
    try withCommit { commit throws(EventLogError) in
      if commit.hasEvents { try commit.roll() }
    }
  }

  /// Has full segments sealed and used-up spares made again, behind the appends.
  private func scheduleUpkeep() {
    guard let log = commit.withLock({ $0?.log }) else { return }
    let seals = log.options.sealsAutomatically
    // A simulated disk wants its calls in one order.
    let makes = log.options.reservedBytes > 0 && log.options.kernel == nil
    guard seals || makes else { return }
    self.seals.async { [weak log] in
      guard let log else { return }
      // A failure to seal costs space, nothing else: the next roll, or the next open, tries again.
      if seals { try? log.sealFullSegments(.fast) }
      if makes { self.makeSpares(log) }
    }
  }

  /// Makes the spare segments that are missing. Without them appending is slower, and that is all.
  private func makeSpares(_ log: EventLog) {
    while let number = commit.withLock({ $0?.missingSpare() ?? nil }) {
      do throws(EventLogError) {
        try SpareSegments.make(number, log.layout, byteCount: log.identity.segmentBytes)
      } catch { return }
      commit.withLock { $0?.add(spare: number) }
    }
  }

  /// Seals every full segment, and waits until that is done.
  func sealNow(_ log: EventLog, _ effort: SealingEffort) throws(EventLogError) {
    let result: Result<Void, EventLogError> = seals.sync {
      Result { () throws(EventLogError) in try log.sealFullSegments(effort) }
    }
    try result.get()
  }

  func finish() {
    commits.sync {
      drain()
      commit.withLock { $0 = nil }
    }
    // What it began to seal is done before another process may have the lock.
    seals.sync {}
  }
}

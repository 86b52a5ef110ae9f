import CEvlog
import Dispatch
import Synchronization

extension EventCursor {
  /// Reads everything that follows, and passes each block to `body`, in the order of the log. With several
  /// workers, the cursor must not have read yet, and go forward without a limit.
  ///
  /// `workers` threads read and decode the chunks by turns, a few at a time; what `body` uses goes from core to
  /// core with each turn. The thread that read a block runs `body` on it, one thread at a time; meanwhile the
  /// others read the next blocks. Everything before an event that cannot be read has been passed to `body` when
  /// the error is thrown. If `body` keeps events of a block, it must release the block's memory.
  package func forEachBlock(
    workers: Int, _ body: (inout EventBlock) throws -> Void
  ) throws {
    guard workers > 1 else {
      var cursor = self
      var block = EventBlock()
      while try cursor.read(into: &block) { try body(&block) }
      return
    }
    try withoutActuallyEscaping(body) { body in
      try BlockRelay(self, workers, body).run()
    }
  }

  /// How many chunks a worker reads before its turn.
  static let blocksInTurn = 4
}

/// Threads that share the chunks of a log among them, and take turns with what they make of them.
private final class BlockRelay: @unchecked Sendable {
  private let start: EventCursor
  /// Called, like `failure`, by the thread that has the turn.
  private let body: (inout EventBlock) throws -> Void
  private var failure: (any Error)?
  private let tokens: [Token]

  init(
    _ start: EventCursor, _ workers: Int,
    _ body: @escaping (inout EventBlock) throws -> Void
  ) {
    self.start = start
    self.body = body
    tokens = (0..<workers).map { _ in Token() }
  }

  /// Works as one of them, and returns when all are done.
  func run() throws {
    let others = DispatchGroup()
    for worker in tokens.indices.dropFirst() {
      // Each has a queue of its own: those of a shared one might have to wait for each other.
      DispatchQueue(label: "evlog.read", qos: .userInitiated).async(group: others) {
        self.work(as: worker)
      }
    }
    tokens[0].give()
    work(as: 0)
    others.wait()
    if let failure { throw failure }
  }

  private func work(as worker: Int) {
    var cursor = start
    var blocks = (0..<EventCursor.blocksInTurn).map { _ in EventBlock() }
    while true {
      var count = 0
      var isThere = Result<Bool, any Error>.success(true)
      while count < blocks.count, case .success(true) = isThere {
        isThere = Result { try cursor.readShare(worker, of: tokens.count, into: &blocks[count]) }
        if case .success(true) = isThere { count += 1 }
      }
      tokens[worker].take()
      defer { tokens[(worker + 1) % tokens.count].give() }
      if failure != nil { return }
      do {
        for i in 0..<count where blocks[i].count > 0 { try body(&blocks[i]) }
        guard try isThere.get() else { return }
      } catch {
        failure = error
        return
      }
    }
  }
}

/// One worker's right to use what is shared.
///
/// A waiting worker polls for some hundred microseconds before it sleeps: that is longer than most waits, and
/// several times as long as waking takes. When both slept each time, two workers were no faster than one.
private final class Token: Sendable {
  private enum State: UInt8, AtomicRepresentable {
    case taken, awaited, given
  }

  private let state = Atomic<State>(.taken)
  private let woken = DispatchSemaphore(value: 0)

  private static let looks = 6000

  func give() {
    if state.exchange(.given, ordering: .acquiringAndReleasing) == .awaited { woken.signal() }
  }

  func take() {
    for _ in 0..<Self.looks where state.load(ordering: .relaxed) != .given { evlog_pause() }
    let (given, _) = state.compareExchange(
      expected: .taken, desired: .awaited, ordering: .acquiringAndReleasing)
    if given { woken.wait() }
    state.store(.taken, ordering: .relaxed)
  }
}

import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogReplay
import Synchronization

/// Timelines that stand at cuts of a log. A request takes the one that stands nearest, so that steps in one tab of a
/// browser are short, whatever other tabs look at.
final class TimelinePool: Sendable {
  /// So many timelines are made at most: each has a host, and states of its own.
  private static let limit = 3

  private struct State {
    var idle: [Seat] = []
    var count = 0
    var waiting: [CheckedContinuation<Seat?, Never>] = []
  }

  private let replayer: Replayer
  private let state = Mutex(State())

  init(_ replayer: Replayer) { self.replayer = replayer }

  /// A timeline that one request at a time uses.
  final class Seat: @unchecked Sendable {
    let timeline: Timeline
    /// What the event before the timeline's cut changed, if that is known.
    private var arrived: (cut: Cut, step: Timeline.Step?)?

    init(_ replayer: Replayer) throws { timeline = try Timeline(replayer) }

    var cut: Cut { timeline.cut }

    /// The names of keys that have a state here, in order.
    func keys(prefix: String, after: String?, limit: Int) throws -> [String] {
      try timeline.keys().lazy.filter {
        $0.utf8.starts(with: prefix.utf8) && after.map(Name.init) ?? Name("") < Name($0)
      }.prefix(limit).map { $0 }
    }

    /// Moves to a cut, and returns what the event before it changed.
    func arrive(at cut: Cut) throws -> Timeline.Step? {
      if let arrived, arrived.cut == cut, timeline.cut == cut { return arrived.step }
      arrived = nil
      let step = try timeline.arrive(at: cut)
      arrived = (cut, step)
      return step
    }
  }

  /// Runs something with a timeline, on a thread that may block.
  func use<Result: Sendable>(
    near cut: Cut, _ body: @escaping @Sendable (Seat) throws -> Result
  ) async throws -> Result {
    let idle = await take(near: cut)
    return try await QuestionThreads.run {
      var seat = idle
      defer { self.give(seat) }
      let made = try seat ?? Seat(self.replayer)
      seat = made
      return try body(made)
    }
  }

  /// The idle timeline that stands nearest; nil if a new one is to be made. Waits if there are enough of them.
  private func take(near cut: Cut) async -> Seat? {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        let nearest = state.idle.indices.min {
          Self.way(from: state.idle[$0].cut, to: cut) < Self.way(from: state.idle[$1].cut, to: cut)
        }
        let isNear = nearest.map { Self.way(from: state.idle[$0].cut, to: cut) < 4096 } ?? false
        if let nearest, isNear || state.count >= Self.limit {
          continuation.resume(returning: state.idle.remove(at: nearest))
        } else if state.count < Self.limit {
          state.count += 1
          continuation.resume(returning: nil)
        } else {
          state.waiting.append(continuation)
        }
      }
    }
  }

  private static func way(from here: Cut, to there: Cut) -> UInt64 {
    here > there ? here - there : there - here
  }

  /// Puts a timeline back; nil where none could be made, so that another request may try.
  private func give(_ seat: Seat?) {
    state.withLock { state in
      if !state.waiting.isEmpty {
        state.waiting.removeFirst().resume(returning: seat)
      } else if let seat {
        state.idle.append(seat)
      } else {
        state.count -= 1
      }
    }
  }
}

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

  /// So many events before the one in question are looked at on the way back: each way back costs a replay.
  private static let stepsTakenAlong: UInt64 = 32
  /// So many steps are kept.
  private static let stepLimit = 1024

  private let replayer: Replayer
  private let state = Mutex(State())
  /// What events changed that were looked at lately, by the cut after each.
  private let steps = Mutex<[Cut: Timeline.Step]>([:])

  init(_ replayer: Replayer) { self.replayer = replayer }

  /// A timeline that one request at a time uses.
  final class Seat: @unchecked Sendable {
    let timeline: Timeline
    /// What the event before the timeline's cut changed, if that is known.
    private var arrived: (cut: Cut, step: Timeline.Step?)?

    init(_ replayer: Replayer) throws { timeline = try Timeline(replayer) }

    var cut: Cut { timeline.cut }

    /// Moves to a cut, and returns what the event before it changed.
    func arrive(at cut: Cut) throws -> Timeline.Step? {
      if let arrived, arrived.cut == cut, timeline.cut == cut { return arrived.step }
      arrived = nil
      let step = try timeline.arrive(at: cut)
      arrived = (cut, step)
      return step
    }
  }

  /// What the event before a cut changed, if it was looked at lately.
  func knownStep(at cut: Cut) -> Timeline.Step? { steps.withLock { $0[cut] } }

  /// Moves to a cut, and returns what the event before it changed; on a short way back, it looks at those before that
  /// as well, for the next steps back.
  func step(at cut: Cut, in seat: Seat) throws -> Timeline.Step? {
    let isBack = seat.cut > cut && seat.cut - cut <= 2 * Self.stepsTakenAlong
    let first = isBack ? cut - min(UInt64(cut), Self.stepsTakenAlong) : cut
    var passed: [Cut: Timeline.Step] = [:]
    for number in UInt64(first)...UInt64(cut) {
      passed[Cut(number)] = try seat.arrive(at: Cut(number))
    }
    steps.withLock { steps in
      if steps.count + passed.count > Self.stepLimit { steps = [:] }
      steps.merge(passed) { $1 }
    }
    return passed[cut]
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

import EvlogJSON
import Synchronization

/// The jobs of all pages.
final class Jobs: Sendable {
  /// So many run at once; a page that wants more has forgotten some.
  private static let runningLimit = 8
  /// So many that are over are kept, for a page that asks late.
  private static let keptLimit = 50

  private struct State {
    var jobs: [String: Job] = [:]
    /// The ids, the oldest first.
    var order: [String] = []
    var count = 0
  }

  private let program: StudioProgram?
  private let grace: Duration
  private let state = Mutex(State())

  init(_ program: StudioProgram?, grace: Duration) {
    self.program = program
    self.grace = grace
  }

  func start(_ question: StudioQuestion) throws -> Job {
    guard let program else {
      throw StudioError(400, "This studio has no program that answers long questions.")
    }
    let line = try program.command(question)
    let job = try state.withLock { state in
      guard state.jobs.values.count(where: { !$0.isOver }) < Self.runningLimit else {
        throw StudioError(
          429, "\(Self.runningLimit) questions are being answered.",
          advice: "Wait for one, or cancel one.")
      }
      state.count += 1
      let job = Job("\(state.count)", line, grace: grace)
      state.jobs[job.id] = job
      state.order.append(job.id)
      if let old = state.order.first(where: { state.jobs[$0]?.isOver ?? true }),
        state.order.count > Self.keptLimit
      {
        state.jobs[old] = nil
        state.order.removeAll { $0 == old }
      }
      return job
    }
    job.start(program)
    return job
  }

  func job(_ id: some StringProtocol) throws(StudioError) -> Job {
    guard let job = state.withLock({ $0.jobs[String(id)] }) else {
      throw StudioError(404, "There is no job '\(id)'.")
    }
    return job
  }

  /// Ends all of them.
  func cancelAll() {
    for job in state.withLock({ Array($0.jobs.values) }) { job.cancel() }
  }
}

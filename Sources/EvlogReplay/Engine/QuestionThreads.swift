import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads of their own for what blocks: a question over a million events does not keep the other tasks of the process
/// waiting.
///
/// There are twice as many as cores; further questions wait for one of them. More would only take each other's caches.
package final class QuestionThreads: TaskExecutor {
  private static let shared = QuestionThreads()

  private struct State {
    var running = 0
    var waiting: [UnownedJob] = []
  }

  private let state = Mutex(State())
  private let limit = 2 * max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let starts = state.withLock { state in
      guard state.running < limit else {
        state.waiting.append(job)
        return false
      }
      state.running += 1
      return true
    }
    guard starts else { return }
    // A serial queue has a thread beside the few on which tasks run.
    DispatchQueue(label: "evlog.question", qos: .userInitiated).async { self.run(job) }
  }

  /// Runs a job, and then those that wait.
  private func run(_ first: UnownedJob) {
    var next: UnownedJob? = first
    while let job = next {
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      next = state.withLock { state in
        if state.waiting.isEmpty {
          state.running -= 1
          return nil
        }
        return state.waiting.removeFirst()
      }
    }
  }

  /// Runs something there; the task that waits for it, its priority and its cancellation stay the same.
  package static func run<Result, Failure>(
    _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withTaskExecutorPreference(shared, operation: body)
  }
}

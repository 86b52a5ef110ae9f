import Dispatch

/// Threads of their own for what blocks: a question over a million events does not keep the other tasks of the process
/// waiting.
///
/// A job gets a serial queue. Those of libdispatch have as many threads as are wanted, beside the few on which tasks run.
package final class QuestionThreads: TaskExecutor {
  private static let shared = QuestionThreads()

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = unsafe asUnownedTaskExecutor()
    DispatchQueue(label: "evlog.question", qos: .userInitiated).async {
      unsafe job.runSynchronously(on: executor)
    }
  }

  /// Runs something there; the task that waits for it, its priority and its cancellation stay the same.
  package static func run<Result, Failure>(
    _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await withTaskExecutorPreference(shared, operation: body)
  }
}

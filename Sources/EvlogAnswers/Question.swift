public import EvlogCore
import EvlogReplay

/// How far a question has come.
public struct QuestionProgress: Sendable, Hashable {
  /// How many events have been reduced, counted, or tried.
  public let events: UInt64
  /// The last cut of the history that is asked about. A question may need fewer events, or more.
  public let end: Cut
}

/// A question that is being answered: its answer, and how far it has come.
///
///     let question = shop.asking { try await $0.bisect() }
///     for await progress in question.progress { print(progress.events, "of", progress.end) }
///     let found = try await question.answer
public struct Question<Answered: Sendable>: Sendable {
  private let task: Task<Answered, any Error>
  /// The newest progress, as it comes; it ends with the question.
  public let progress: AsyncStream<QuestionProgress>

  init(
    of investigation: Investigation,
    _ ask: @escaping @Sendable (Investigation) async throws -> Answered
  ) {
    let (stream, continuation) = AsyncStream.makeStream(
      of: QuestionProgress.self, bufferingPolicy: .bufferingNewest(1))
    progress = stream
    task = Task {
      defer { continuation.finish() }
      var asked = investigation
      let end = investigation.history.end
      asked.replayer.progress = { continuation.yield(QuestionProgress(events: $0, end: end)) }
      return try await ask(asked)
    }
  }

  /// Waits for the answer. If the waiting task is cancelled, so is the question.
  public var answer: Answered {
    get async throws {
      try await withTaskCancellationHandler {
        try await task.value
      } onCancel: {
        task.cancel()
      }
    }
  }

  /// Ends the question; its answer is a `CancellationError`, at the latest after a few thousand events.
  public func cancel() { task.cancel() }
}

extension Investigation {
  /// Begins to answer a question while the caller goes on.
  public func asking<Answered: Sendable>(
    _ question: @escaping @Sendable (Investigation) async throws -> Answered
  ) -> Question<Answered> {
    Question(of: self, question)
  }
}

import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import Foundation
import ReplayTestSupport
import Synchronization
import Testing

/// Questions block threads of their own, never those on which tasks run.
@Suite struct QuestionThreadsTests {
  private struct Digits: Machine {
    struct State: Codable, Sendable { var sum = 0 }
    struct Digit: Decodable, Sendable { let n: Int }
    let name = "digits"
    let version = 1
    let initialState = State()

    func decode(_ event: RecordedEvent) throws -> Digit {
      try JSONDecoder().decode(Digit.self, from: Data(event.data))
    }

    func reduce(into state: inout State, _ event: Digit, _: EventContext) { state.sum += event.n }
  }

  private func log(_ folder: TemporaryFolder) throws -> EventLog {
    try folder.log("log", (0..<50_000).map { NewEvent("e", #"{"n":\#($0 % 10)}"#) })
  }

  @Test func otherTasksGoOn() async throws {
    let folder = TemporaryFolder()
    let log = try log(folder)
    defer { log.close() }
    // More questions than there are threads for tasks.
    let questions = (0..<(2 * ProcessInfo.processInfo.activeProcessorCount)).map { _ in
      Task { try await Replayer(Digits().program, over: log).state().value["sum"] }
    }
    let heart = Task {
      var beats = 0
      while !Task.isCancelled {
        // It is cancelled while it sleeps.
        try? await Task.sleep(for: .milliseconds(5))
        beats += 1
      }
      return beats
    }
    for question in questions { #expect(try await question.value == .int(225_000)) }
    heart.cancel()
    // Not in seconds: the machine may be busy. Were the questions to block tasks, there would be two beats at most.
    #expect(await heart.value > 4)
  }

  @Test func aQuestionIsCancelled() async throws {
    let folder = TemporaryFolder()
    let log = try log(folder)
    defer { log.close() }
    let reduced = Mutex<UInt64>(0)
    // Its first sign of life cancels it.
    let replayer = Replayer(Digits().program, over: log) { count in
      reduced.withLock { $0 = count }
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
    }
    let question = Task { try await replayer.state() }
    await #expect(throws: CancellationError.self) { try await question.value }
    #expect(reduced.withLock { $0 > 0 && $0 < 50_000 })
  }
}

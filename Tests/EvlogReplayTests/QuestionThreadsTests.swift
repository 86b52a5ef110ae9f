import Dispatch
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
    var gate: Gate?

    func decode(_ event: RecordedEvent) throws -> Digit {
      try JSONDecoder().decode(Digit.self, from: Data(event.data))
    }

    func reduce(into state: inout State, _ event: Digit, _ context: EventContext) {
      if context.offset == 0 { gate?.pass() }
      state.sum += event.n
    }
  }

  private func log(_ folder: TemporaryFolder) throws -> EventLog {
    try folder.log("log", (0..<50_000).map { NewEvent("e", #"{"n":\#($0 % 10)}"#) })
  }

  /// Holds up whoever comes, until it is opened.
  private final class Gate: Sendable {
    private let state = Mutex((waiting: 0, wasLate: false))
    private let isOpen = DispatchSemaphore(value: 0)

    var waiting: Int { state.withLock { $0.waiting } }
    /// Whether it was not opened in time.
    var wasLate: Bool { state.withLock { $0.wasLate } }

    func pass() {
      state.withLock { $0.waiting += 1 }
      if isOpen.wait(timeout: .now() + 300) == .timedOut { state.withLock { $0.wasLate = true } }
      isOpen.signal()
    }

    func open() { isOpen.signal() }
  }

  /// As many questions as there are threads for tasks are held up, until a task lets them go on.
  @Test func otherTasksGoOn() async throws {
    let folder = TemporaryFolder()
    let log = try log(folder)
    defer { log.close() }
    let gate = Gate()
    let count = ProcessInfo.processInfo.activeProcessorCount
    let questions = (0..<count).map { _ in
      Task { try await Replayer(Digits(gate: gate).program, over: log).state().value["sum"] }
    }
    // Were the questions to block the threads of tasks, this one would not go on.
    while gate.waiting < count { try await Task.sleep(for: .milliseconds(5)) }
    gate.open()
    for question in questions { #expect(try await question.value == .int(225_000)) }
    #expect(!gate.wasLate)
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

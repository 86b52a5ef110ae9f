import Evlog
import EvlogScripting
import EvlogTesting
import SystemPackage

/// evlog at leaving a program's tasks alone while it answers, and at letting go of a question.
struct WaitingContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  func run(_ job: Job) async throws -> Measurement {
    warm(load.folder)
    let log = try EventLog.openReadOnly(FilePath(load.folder).appending("log"))
    let programs: [any Program] = [
      ViewTotals(streams: Int(load.streams), checks: true).program,
      try ScriptProgram(source: Totals.scriptByStream, file: "streams.js"),
    ]
    return job == .heartbeat
      ? try await heartbeat(programs, log) : try await cancel(programs, log)
  }

  private func heartbeat(_ programs: [any Program], _ log: EventLog) async throws -> Measurement {
    let heart = Task {
      var delays: [Duration] = []
      while !Task.isCancelled {
        let before = clock.now
        // It is cancelled while it sleeps.
        try? await Task.sleep(for: .milliseconds(5))
        delays.append(max(clock.now - before - .milliseconds(5), .zero))
      }
      return delays
    }
    let start = clock.now
    try await withThrowingTaskGroup(of: Void.self) { questions in
      for program in programs {
        questions.addTask {
          _ = try await Investigation(program, of: log, workers: 1, caches: false).state()
        }
      }
      try await questions.waitForAll()
    }
    var result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
    heart.cancel()
    result.latencies = Latencies(await heart.value)
    return result
  }

  private typealias Question = @Sendable (Investigation) async throws -> Void

  private static let questions: [Question] = [
    { _ = try await $0.state() },
    { _ = try await $0.replay(checks: true) },
    { _ = try await $0.bisect() },
    { _ = try await $0.map(by: .value(StatePath([]))) },
    {
      let account = StatePath($0.machine.scope == .log ? [] : [.key("account-0000001")])
      _ = try await $0.blame(account, history: true)
    },
    { _ = try await $0.whatIf([.drop(0..<1)]) },
    { _ = try await $0.compare(with: $0.replayer.program) },
  ]

  private func cancel(_ programs: [any Program], _ log: EventLog) async throws -> Measurement {
    var random = SeededGenerator(seed: load.events)
    var delays: [Duration] = []
    let start = clock.now
    for _ in 0..<5 {
      for program in programs {
        for ask in Self.questions {
          let question = Task { [clock] in
            do {
              try await ask(Investigation(program, of: log, caches: false))
            } catch is CancellationError {}
            return clock.now
          }
          try await Task.sleep(for: .milliseconds(random.below(60)))
          let cancelled = clock.now
          question.cancel()
          delays.append(try await max(question.value - cancelled, .zero))
        }
      }
    }
    var result = Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
    result.latencies = Latencies(delays)
    return result
  }
}

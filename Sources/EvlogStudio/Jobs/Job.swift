import EvlogJSON
import Subprocess
import Synchronization
import SystemPackage

/// A question that another process answers, and those who listen for the answer.
final class Job: Sendable {
  let id: String
  let line: StudioCommandLine
  private let state = Mutex(State())

  private struct State {
    /// What a listener is told that comes late: the newest progress, and how it ended.
    var progress: ServerEvent?
    var ending: [ServerEvent] = []
    var isOver = false
    var listeners: [Int: AsyncStream<ServerEvent>.Continuation] = [:]
    var nextListener = 0
    var task: Task<Void, Never>?
    /// Counts how often the last listener left, so that an older wait does not end a job that has one again.
    var leaves = 0
  }

  /// A job without a listener ends after this time.
  private let grace: Duration
  /// A text may have so many bytes; what is longer is cut off.
  private static let textLimit = 8 << 20

  init(_ id: String, _ line: StudioCommandLine, grace: Duration) {
    self.id = id
    self.line = line
    self.grace = grace
  }

  var isOver: Bool { state.withLock { $0.isOver } }

  func start(_ program: StudioProgram) {
    let task = Task { await run(program) }
    state.withLock { $0.task = task }
    endUnlessHeard()
  }

  /// Ends the process.
  func cancel() { state.withLock { $0.task }?.cancel() }

  /// What comes, until it is over.
  func events() -> AsyncStream<ServerEvent> {
    AsyncStream { continuation in
      let listener = state.withLock { state -> Int? in
        if let progress = state.progress { continuation.yield(progress) }
        for event in state.ending { continuation.yield(event) }
        if state.isOver { return nil }
        state.nextListener += 1
        state.listeners[state.nextListener] = continuation
        return state.nextListener
      }
      guard let listener else { return continuation.finish() }
      continuation.onTermination = { [weak self] _ in self?.leave(listener) }
    }
  }

  private func leave(_ listener: Int) {
    let isLast = state.withLock { state in
      state.listeners[listener] = nil
      return state.listeners.isEmpty && !state.isOver
    }
    if isLast { endUnlessHeard() }
  }

  /// A page that was closed, or reloaded, no longer wants the answer.
  private func endUnlessHeard() {
    let leave = state.withLock { state in
      state.leaves += 1
      return state.leaves
    }
    Task { [weak self, grace] in
      // Where this task is cancelled, the process ends anyway.
      try? await Task.sleep(for: grace)
      let isUnheard = self?.state.withLock { state in
        state.leaves == leave && state.listeners.isEmpty && !state.isOver
      }
      if isUnheard == true { self?.cancel() }
    }
  }

  private func tell(_ event: ServerEvent) {
    state.withLock { state in
      if event.name == "progress" { state.progress = event } else { state.ending.append(event) }
      for listener in state.listeners.values { listener.yield(event) }
    }
  }

  private func end() {
    tell(ServerEvent(name: "done", data: .object([])))
    let listeners = state.withLock { state in
      defer { state.listeners = [:] }
      state.isOver = true
      state.progress = nil
      return state.listeners
    }
    for listener in listeners.values { listener.finish() }
  }

  private func run(_ program: StudioProgram) async {
    defer { end() }
    var options = PlatformOptions()
    // What the process starts ends with it.
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100))
    ]
    do {
      let ended = try await Subprocess.run(
        .path(FilePath(program.executable)), arguments: Arguments(line.arguments),
        environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no", "NO_COLOR": "1"]),
        platformOptions: options, input: .inputWriter, output: .bytes(limit: Self.textLimit),
        error: .sequence
      ) { execution in
        var report = Report()
        let lines = execution.standardError.strings(
          separatedBy: .unicodeScalarSequence("\n".unicodeScalars),
          bufferingPolicy: .maxLineLength(Self.textLimit))
        for try await line in lines { report.add(line, self, program.mark) }
        return report
      }
      tell(ended.closureResult, ended.standardOutput, ended.terminationStatus)
    } catch is CancellationError {
      tell(Self.failed("It was cancelled."))
    } catch {
      tell(Self.failed(Task.isCancelled ? "It was cancelled." : "\(error)"))
    }
  }

  private static func failed(_ message: String) -> ServerEvent {
    ServerEvent(name: "failed", data: .object([("message", .string(message))]))
  }

  /// What a process told.
  private struct Report: Sendable {
    var answer: JSONValue?
    var remarks: [String] = []

    mutating func add(_ line: String, _ job: Job, _ mark: String) {
      guard line.hasPrefix(mark),
        let told = JSONValue(validating: Array(line.utf8.dropFirst(mark.utf8.count))[...])
      else {
        if !line.isEmpty, remarks.count < 100 { remarks.append(line) }
        return
      }
      if let answer = told["answer"] { self.answer = answer }
      if let progress = told["progress"] {
        job.tell(ServerEvent(name: "progress", data: Job.shown(progress)))
      }
    }
  }

  private static func shown(_ progress: JSONValue) -> JSONValue {
    let done = progress["done"]?.integer(UInt64.self) ?? 0
    let all = progress["of"]?.integer(UInt64.self) ?? 0
    let fraction = all > 0 ? JSONNumber(min(1, Double(done) / Double(all))) : nil
    return .object([
      ("text", progress["text"] ?? .string("")), ("done", .int(done)),
      ("fraction", fraction.map { .number($0) } ?? .null),
    ])
  }

  private func tell(_ report: Report, _ text: [UInt8], _ status: TerminationStatus) {
    switch status {
    case .exited(let code):
      if report.answer == nil, text.isEmpty {
        return tell(Self.failed(report.remarks.joined(separator: "\n")))
      }
      tell(
        ServerEvent(
          name: "answer",
          data: .object([
            ("answer", report.answer ?? .null),
            ("text", .string(String(decoding: text, as: UTF8.self))), ("exit", .int(code)),
            ("remarks", .array(report.remarks.map { .string($0) })),
            ("command", .string(line.shown)),
          ])))
    case .signaled(let signal):
      let reason = report.remarks.isEmpty ? "" : "\n" + report.remarks.joined(separator: "\n")
      tell(Self.failed("Its process was ended by signal \(signal).\(reason)"))
    }
  }
}

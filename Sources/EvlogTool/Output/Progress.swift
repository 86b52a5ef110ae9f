import EvlogCore
import EvlogJSON
import Synchronization

/// A bar on standard error while something takes long; nothing where that is not a terminal.
final class Progress: Sendable {
  private struct State {
    var lastDrawn: ContinuousClock.Instant
    var isDrawn = false
  }

  private static let width = 24
  private let verb: String
  private let total: UInt64?
  private let isShown: Bool
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  init(_ verb: String, of total: UInt64?, unless isQuiet: Bool = false) {
    self.verb = verb
    self.total = total
    isShown = Output.error.isTerminal && !isQuiet
    state = Mutex(State(lastDrawn: .now))
  }

  convenience init(_ verb: String, of total: Cut, unless isQuiet: Bool = false) {
    self.init(verb, of: UInt64(total), unless: isQuiet)
  }

  func update(_ done: some Ordinal) { update(UInt64(done)) }

  func update(_ done: UInt64) {
    guard isShown || StudioJob.isRunning else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.lastDrawn > .milliseconds(100) else { return }
      state.lastDrawn = now
      if StudioJob.isRunning { return StudioJob.tell("progress", json(done)) }
      state.isDrawn = true
      let rate = Double(done) / max(0.001, (now - start) / .seconds(1))
      var text = "\(verb)  "
      if let total, total > 0 {
        let share = min(1, Double(done) / Double(total))
        let filled = Int(share * Double(Self.width))
        text += "[" + String(repeating: "=", count: filled)
        text += String(repeating: " ", count: Self.width - filled) + "] "
        text += "\(Int(share * 100)) %  "
      }
      text += "\(Words.number(done))  \(Words.number(Int(rate)))/s"
      Output.error.clearLine()
      Output.error.text(text)
      Output.error.flush()
    }
  }

  private func json(_ done: UInt64) -> JSONValue {
    .object([
      ("text", .string(verb)), ("done", .int(done)), ("of", total.map { .int($0) } ?? .null),
    ])
  }

  /// Takes the bar away.
  func finish() {
    let isDrawn = state.withLock { state in
      defer { state.isDrawn = false }
      return state.isDrawn
    }
    if isDrawn {
      Output.error.clearLine()
      Output.error.flush()
    }
  }
}

public import EvlogContracts
public import EvlogMachine

/// A circuit breaker that survives restarts: its state is in the log.
///
/// It opens after so many failures in a row and not before. An open breaker admits nothing, and one probe at a time
/// decides whether it closes again. It is never stuck.
public struct CircuitBreaker: Machine {
  public struct State: Codable, Sendable, Hashable {
    public var place = Place.closed
    /// The failures in a row since the last success.
    public var failures = 0
    /// The ticks until the pause, or the patience with a probe, is over.
    public var left = 0
    /// The admitted calls that have not ended, in order.
    public var calls: [String] = []
  }

  public enum Place: String, Codable, Sendable, Hashable, CaseIterable {
    case closed, open
    case halfOpen = "half-open"
  }

  public enum Event: Codable, Sendable, Hashable {
    /// Admitted calls are in the state afterwards; all others are refused.
    case call(id: String)
    case succeeded(id: String)
    case failed(id: String)
    case tick

    enum CodingKeys: String, CodingKey {
      case call = "Call"
      case succeeded = "Succeeded"
      case failed = "Failed"
      case tick = "Tick"
    }
  }

  /// How many failures in a row open it.
  public let failures: Int
  /// How many ticks it stays open.
  public let pause: Int
  /// How many ticks a probe may take.
  public let patience: Int

  public init(failures: Int = 3, pause: Int = 2, patience: Int = 2) {
    precondition(failures > 0 && pause > 0 && patience > 0, "each of these is at least 1")
    self.failures = failures
    self.pause = pause
    self.patience = patience
  }

  public var name: String { "circuit-breaker" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .call(let id):
      guard state.place != .open, state.place != .halfOpen || state.calls.isEmpty else { return }
      if state.place == .halfOpen { state.left = patience }
      guard !state.calls.contains(id) else { return }
      state.calls.append(id)
      state.calls.sort()
    case .succeeded(let id):
      guard state.calls.contains(id) else { return }
      state.calls.removeAll { $0 == id }
      state.place = .closed
      state.failures = 0
      state.left = 0
    case .failed(let id):
      guard state.calls.contains(id) else { return }
      state.calls.removeAll { $0 == id }
      state.failures += 1
      if state.place == .halfOpen || state.failures >= failures { open(&state) }
    case .tick:
      guard state.left > 0 else { return }
      state.left -= 1
      guard state.left == 0 else { return }
      if state.place == .open { state.place = .halfOpen } else { open(&state) }
    }
  }

  /// Calls that are under way no longer count.
  private func open(_ state: inout State) { state = State(place: .open, left: pause) }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract("Call", ["id": .text]), EventContract("Succeeded", ["id": .text]),
        EventContract("Failed", ["id": .text]), EventContract("Tick", [:]),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    let failures = failures
    return [
      .always("an open breaker admits nothing") { $0.place != .open || $0.calls.isEmpty },
      .always("a half-open one admits one probe") { $0.place != .halfOpen || $0.calls.count <= 1 },
      .step("a closed one admits every call") { before, event, after, _ in
        guard case .call(let id) = event, before.place == .closed else { return true }
        return after.calls.contains(id)
      },
      .history("it opens after so many failures in a row", initial: 0) {
        row, before, event, after, _ in
        var failed = row
        if before.place == .closed, let id = event.ended, before.calls.contains(id) {
          failed = if case .failed = event { row + 1 } else { 0 }
        }
        row = after.place == .closed ? failed : 0
        return before.place != .closed || (after.place == .open) == (failed >= failures)
      },
      .step("a probe decides") { before, event, after, _ in
        guard before.place == .halfOpen else { return true }
        switch event {
        case .succeeded(let id) where before.calls.contains(id): return after.place == .closed
        case .failed(let id) where before.calls.contains(id): return after.place == .open
        case .tick: return after.place != .closed
        default: return after.place == .halfOpen
        }
      },
      .always("a call is there once") { Set($0.calls).count == $0.calls.count },
      .step("what has ended is gone") { before, event, after, _ in
        guard let id = event.ended, before.calls.contains(id) else { return true }
        return !after.calls.contains(id)
      },
      .step("what comes late changes nothing") { before, event, after, _ in
        guard let id = event.ended else { return true }
        return before.calls.contains(id) || before == after
      },
      .step("it is never stuck") { before, event, after, _ in
        guard case .tick = event, before.place != .closed,
          before.place != .halfOpen || !before.calls.isEmpty
        else { return true }
        return before.left > 0 && (after.left == before.left - 1 || after.place != before.place)
      },
      .step("a pause is never cut short") { before, event, after, _ in
        guard before.place == .open, after.place != .open else { return true }
        guard case .tick = event else { return false }
        return before.left == 1
      },
    ]
  }

  public var regions: Regions<State>? {
    Regions(
      of: \.place,
      moves: [
        .closed: [
          "Call": .allowed(to: [.closed]), "Succeeded": .allowed(to: [.closed]),
          "Failed": .allowed(to: [.closed, .open]), "Tick": .ignored,
        ],
        .open: [
          "Call": .ignored, "Succeeded": .ignored, "Failed": .ignored,
          "Tick": .allowed(to: [.open, .halfOpen]),
        ],
        .halfOpen: [
          "Call": .allowed(to: [.halfOpen]), "Succeeded": .allowed(to: [.halfOpen, .closed]),
          "Failed": .allowed(to: [.halfOpen, .open]), "Tick": .allowed(to: [.halfOpen, .open]),
        ],
      ])
  }

  /// Three calls at a time, whose names come again.
  public var exploration: Exploration<Self>? {
    let calls = ["1", "2", "3"]
    return Exploration(
      symmetry: { state in
        var renamed = state
        renamed.calls = Array(calls.prefix(state.calls.count))
        return renamed
      },
      events: { _ in
        [.tick]
          + calls.flatMap { id -> [Event] in [.call(id: id), .succeeded(id: id), .failed(id: id)] }
      })
  }
}

extension CircuitBreaker.Event {
  /// The call that has ended.
  fileprivate var ended: String? {
    switch self {
    case .succeeded(let id), .failed(let id): id
    case .call, .tick: nil
    }
  }
}

public import EvlogContracts
public import EvlogMachine

/// A saga: steps that are taken one after the other, and undone in reverse if one fails.
///
/// Exactly what was completed is undone, in reverse. It ends with everything done or everything undone; a step that
/// cannot be undone is a state, which is left by a retry or a skip only.
public struct Saga: Machine {
  public struct State: Codable, Sendable, Hashable {
    public var place = Place.running
    /// The completed steps that are not undone, in their order.
    public var completed: [String] = []
    /// The steps that people left as they were.
    public var skipped: [String] = []
  }

  public enum Place: String, Codable, Sendable, Hashable, CaseIterable {
    case running, undoing, stuck, done, undone
  }

  public enum Event: Codable, Sendable, Hashable {
    /// Only the next step is taken, and only the last one is undone. Everything else is refused.
    case completed(step: String)
    case failed(step: String)
    case undone(step: String)
    case undoFailed(step: String)
    /// Tries again to undo the step at which the saga is stuck.
    case retry(step: String)
    /// Leaves the step at which the saga is stuck as it is.
    case skip(step: String)

    enum CodingKeys: String, CodingKey {
      case completed = "Completed"
      case failed = "Failed"
      case undone = "Undone"
      case undoFailed = "UndoFailed"
      case retry = "Retry"
      case skip = "Skip"
    }
  }

  /// The steps in their order.
  public let steps: [String]
  /// The steps that cannot be undone.
  public let cannotUndo: Set<String>

  public init(
    _ steps: [String] = ["reserve", "charge", "ship", "notify"], cannotUndo: Set<String> = ["ship"]
  ) {
    precondition(
      !steps.isEmpty && Set(steps).count == steps.count,
      "a saga has at least one step, and no two with one name")
    self.steps = steps
    self.cannotUndo = cannotUndo
  }

  public var name: String { "saga" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    let next = steps.dropFirst(state.completed.count).first
    let last = state.completed.last
    switch event {
    case .completed(let step):
      guard state.place == .running, step == next else { return }
      state.completed.append(step)
      if state.completed.count == steps.count { state.place = .done }
    case .failed(let step):
      guard state.place == .running, step == next else { return }
      state.place = .undoing
      settle(&state)
    case .undone(let step):
      guard state.place == .undoing, step == last else { return }
      state.completed.removeLast()
      settle(&state)
    case .undoFailed(let step):
      guard state.place == .undoing, step == last else { return }
      state.place = .stuck
    case .retry(let step):
      guard state.place == .stuck, step == last, !cannotUndo.contains(step) else { return }
      state.place = .undoing
    case .skip(let step):
      guard state.place == .stuck, step == last else { return }
      state.skipped.append(state.completed.removeLast())
      state.place = .undoing
      settle(&state)
    }
  }

  /// Where undoing goes on from here: to its end, or to a step that cannot be undone.
  private func settle(_ state: inout State) {
    guard let last = state.completed.last else { return state.place = .undone }
    if cannotUndo.contains(last) { state.place = .stuck }
  }

  public var contract: Contract? {
    get throws {
      try Contract(
        ["Completed", "Failed", "Undone", "UndoFailed", "Retry", "Skip"].map {
          EventContract($0, ["step": .text])
        })
    }
  }

  public var invariants: [Invariant<Self>] {
    let (steps, cannotUndo) = (steps, cannotUndo)
    return [
      .always("steps are completed in order") { steps.starts(with: $0.completed) },
      .history("what was completed is undone in reverse", initial: [String]()) {
        done, before, event, after, _ in
        switch (event, after.completed.count - before.completed.count) {
        case (_, 0): return before.completed == after.completed
        case (.completed(let step), 1):
          done.append(step)
          return true
        case (.undone(let step), -1), (.skip(let step), -1): return done.popLast() == step
        default: return false
        }
      },
      .always("done means that every step is") {
        ($0.place == .done) == ($0.completed.count == steps.count)
      },
      .always("undone means that no step is left") {
        $0.place != .undone || $0.completed.isEmpty
      },
      .always("it undoes until nothing is left") {
        $0.place != .undoing || !$0.completed.isEmpty
      },
      .step("what cannot be undone is not") { before, event, after, _ in
        guard case .undone(let step) = event, cannotUndo.contains(step) else { return true }
        return before == after
      },
      .step("what comes in its turn counts") { before, event, after, _ in
        let next = steps.dropFirst(before.completed.count).first
        let isItsTurn =
          switch event {
          case .completed(let step), .failed(let step): before.place == .running && step == next
          case .undone(let step), .undoFailed(let step):
            before.place == .undoing && step == before.completed.last
          case .retry(let step):
            before.place == .stuck && step == before.completed.last && !cannotUndo.contains(step)
          case .skip(let step): before.place == .stuck && step == before.completed.last
          }
        return !isItsTurn || before != after
      },
      .history("it is stuck only where an undo failed", initial: "") {
        failed, before, event, after, _ in
        if case .undoFailed(let step) = event, before.place == .undoing, after.place == .stuck {
          failed = step
        }
        guard after.place == .stuck else { return true }
        return after.completed.last.map { cannotUndo.contains($0) || $0 == failed } ?? false
      },
      .step("stuck is left by people only") { before, event, after, _ in
        switch event {
        case .retry, .skip: true
        default: before.place != .stuck || before == after
        }
      },
      .step("what is skipped was stuck") { before, _, after, _ in
        after.skipped.count == before.skipped.count || before.place == .stuck
      },
      .step("what has ended stays as it is") { before, _, after, _ in
        before.place != .done && before.place != .undone || before == after
      },
    ]
  }

  public var regions: Regions<State>? {
    typealias Moves = [String: RegionMove<Place>]
    func others(_ moves: Moves) -> Moves {
      let all = ["Completed", "Failed", "Undone", "UndoFailed", "Retry", "Skip"]
      return Moves(uniqueKeysWithValues: all.map { ($0, .ignored) }).merging(moves) { $1 }
    }
    return Regions(
      of: \.place,
      moves: [
        .running: others([
          "Completed": .allowed(to: [.running, .done]),
          "Failed": .allowed(to: [.running, .undoing, .undone, .stuck]),
        ]),
        .undoing: others([
          "Undone": .allowed(to: [.undoing, .undone, .stuck]),
          "UndoFailed": .allowed(to: [.undoing, .stuck]),
        ]),
        .stuck: others([
          "Retry": .allowed(to: [.stuck, .undoing]),
          "Skip": .allowed(to: [.stuck, .undoing, .undone]),
        ]),
        .done: others([:]), .undone: others([:]),
      ])
  }

  /// Any step may say anything at any time.
  public var exploration: Exploration<Self>? {
    let steps = steps
    return Exploration { _ in
      steps.flatMap { step -> [Event] in
        [
          .completed(step: step), .failed(step: step), .undone(step: step),
          .undoFailed(step: step), .retry(step: step), .skip(step: step),
        ]
      }
    }
  }
}

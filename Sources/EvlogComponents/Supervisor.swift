public import EvlogContracts
public import EvlogMachine

/// A supervisor with back-off and an intensity of restarts.
///
/// A child is restarted after a pause that doubles with each failure. There are never more than `restarts` of them in
/// `period` ticks; before that, the supervisor gives up and stops all children until someone resets it.
public struct Supervisor: Machine {
  public struct State: Codable, Sendable, Hashable {
    public var children: [String: Child]
    /// How many ticks ago the restarts of the last period were.
    public var restarts: [Int] = []
    public var hasGivenUp = false
  }

  public struct Child: Codable, Sendable, Hashable {
    public var isRunning = true
    /// The ticks until it is restarted.
    public var left = 0
    /// The pause after its next failure, in ticks.
    public var pause: Int
  }

  public enum Event: Codable, Sendable, Hashable {
    case failed(child: String)
    /// The child has done useful work, and begins again with the first pause.
    case worked(child: String)
    case tick
    case reset

    enum CodingKeys: String, CodingKey {
      case failed = "Failed"
      case worked = "Worked"
      case tick = "Tick"
      case reset = "Reset"
    }
  }

  public enum Phase: String, CaseIterable, Sendable {
    case running, degraded
    case givenUp = "given up"
  }

  /// How long a child pauses after a failure, in ticks.
  public struct Pauses: Sendable, Hashable {
    public let first: Int
    public let longest: Int

    public init(first: Int = 1, longest: Int = 4) {
      precondition(
        first > 0 && longest >= first && longest < 1 << 52, "pauses are at least a tick, and end")
      self.first = first
      self.longest = longest
    }
  }

  public let names: [String]
  public let pauses: Pauses
  /// How many restarts there may be in a period.
  public let restarts: Int
  /// How many ticks a period has.
  public let period: Int

  public init(
    _ names: [String] = ["a", "b"], pauses: Pauses = Pauses(), restarts: Int = 3, period: Int = 5
  ) {
    precondition(Set(names).count == names.count, "no two children have one name")
    precondition(restarts >= 0 && period > 0, "a period has at least a tick")
    self.names = names
    self.pauses = pauses
    self.restarts = restarts
    self.period = period
  }

  public var name: String { "supervisor" }
  public var initialState: State {
    let child = Child(pause: pauses.first)
    return State(children: Dictionary(uniqueKeysWithValues: names.map { ($0, child) }))
  }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .failed(let name):
      guard let child = state.children[name], child.isRunning else { return }
      state.children[name] = Child(
        isRunning: false, left: child.pause, pause: min(pauses.longest, 2 * child.pause))
    case .worked(let name):
      guard state.children[name]?.isRunning == true else { return }
      state.children[name]?.pause = pauses.first
    case .tick:
      state.restarts = state.restarts.map { $0 + 1 }.filter { $0 < period }
      if !state.hasGivenUp { restartChildren(of: &state) }
    case .reset:
      guard state.hasGivenUp else { return }
      state.hasGivenUp = false
      state.children = initialState.children
    }
  }

  private func restartChildren(of state: inout State) {
    let waiting = names.filter { state.children[$0]?.isRunning == false }
    for name in waiting { state.children[name]?.left -= 1 }
    let due = waiting.filter { state.children[$0]?.left == 0 }
    guard state.restarts.count + due.count <= restarts else {
      state.hasGivenUp = true
      for name in names {
        state.children[name]?.isRunning = false
        state.children[name]?.left = 0
      }
      return
    }
    for name in due {
      state.children[name]?.isRunning = true
      state.restarts.append(0)
    }
  }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract("Failed", ["child": .text]), EventContract("Worked", ["child": .text]),
        EventContract("Tick", [:]), EventContract("Reset", [:]),
      ])
    }
  }

  public var regions: Regions<State>? {
    Regions(
      of: { state -> Phase in
        if state.hasGivenUp { return .givenUp }
        return state.children.values.allSatisfy(\.isRunning) ? .running : .degraded
      },
      moves: [
        .running: [
          "Failed": .allowed(to: [.degraded]), "Worked": .allowed(to: [.running]),
          "Tick": .allowed(to: [.running]), "Reset": .ignored,
        ],
        .degraded: [
          "Failed": .allowed(to: [.degraded]), "Worked": .allowed(to: [.degraded]),
          "Tick": .allowed(to: [.running, .degraded, .givenUp]), "Reset": .ignored,
        ],
        .givenUp: [
          "Failed": .ignored, "Worked": .ignored, "Tick": .allowed(to: [.givenUp]),
          "Reset": .allowed(to: [.running]),
        ],
      ])
  }

  public var exploration: Exploration<Self>? {
    let names = names
    return Exploration { _ in
      [.tick, .reset]
        + names.flatMap { name -> [Event] in [.failed(child: name), .worked(child: name)] }
    }
  }
}

package import EvlogMachine

/// Two-phase commit as Gray and Lamport specify it: a transaction manager, some resource managers, and messages that are
/// never lost. `Fixtures/models/two-phase-commit.js` is the same in JavaScript.
package struct TwoPhaseCommit: Machine {
  /// Sets of resource managers are bits of a number.
  package struct State: Codable, Sendable, Hashable {
    var working, prepared, committed, aborted: UInt32
    var manager = Manager.begun
    var heard: UInt32 = 0
    /// The messages: who said that it is prepared, and what the manager said.
    var said: UInt32 = 0
    var saidCommit = false
    var saidAbort = false
  }

  package enum Manager: UInt8, Codable, Sendable { case begun, committed, aborted }

  package enum Event: Codable, Sendable, Hashable {
    case commit, abort
    case heard(rm: UInt32)
    case prepare(rm: UInt32)
    case chooseToAbort(rm: UInt32)
    case receiveCommit(rm: UInt32)
    case receiveAbort(rm: UInt32)
  }

  package enum Phase: String, CaseIterable, Sendable { case begun, committed, aborted }

  let count: UInt32
  let usesSymmetry: Bool
  let usesNumber: Bool
  package let name: String

  package init(_ count: UInt32, symmetry: Bool = false, number: Bool = false) {
    self.count = count
    usesSymmetry = symmetry
    usesNumber = number
    name = "two-phase-commit-\(count)" + (symmetry ? "-symmetric" : "") + (number ? "-number" : "")
  }

  private var all: UInt32 { (1 << count) - 1 }

  package var initialState: State {
    State(working: all, prepared: 0, committed: 0, aborted: 0)
  }

  package func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    func leave(_ rm: UInt32) -> UInt32 {
      let bit: UInt32 = 1 << rm
      state.working &= ~bit
      state.prepared &= ~bit
      state.committed &= ~bit
      state.aborted &= ~bit
      return bit
    }
    switch event {
    case .commit:
      state.manager = .committed
      state.saidCommit = true
    case .abort:
      state.manager = .aborted
      state.saidAbort = true
    case .heard(let rm): state.heard |= 1 << rm
    case .prepare(let rm):
      let bit = leave(rm)
      state.prepared |= bit
      state.said |= bit
    case .chooseToAbort(let rm), .receiveAbort(let rm):
      let bit = leave(rm)
      state.aborted |= bit
    case .receiveCommit(let rm):
      let bit = leave(rm)
      state.committed |= bit
    }
  }

  package var invariants: [Invariant<Self>] {
    [.always("consistent") { $0.committed == 0 || $0.aborted == 0 }]
  }

  package var regions: Regions<State>? {
    Regions(
      of: { state -> Phase in
        switch state.manager {
        case .begun: .begun
        case .committed: .committed
        case .aborted: .aborted
        }
      }, moves: [:])
  }

  package var exploration: Exploration<Self>? {
    let (count, all) = (count, all)
    var symmetry: (@Sendable (State) -> State)?
    if usesSymmetry { symmetry = { Self.representative($0, count) } }
    var number: (@Sendable (State) -> UInt128)?
    if usesNumber { number = { Self.number($0, count) } }
    return Exploration<Self>(symmetry: symmetry, number: number) { (state: State) -> [Event] in
      var events: [Event] = []
      if state.manager == .begun {
        if state.heard == all { events.append(.commit) }
        events.append(.abort)
      }
      for rm in 0..<count {
        let bit: UInt32 = 1 << rm
        if state.manager == .begun, state.said & bit != 0 { events.append(.heard(rm: rm)) }
        if state.working & bit != 0 {
          events.append(.prepare(rm: rm))
          events.append(.chooseToAbort(rm: rm))
        }
        if state.saidCommit { events.append(.receiveCommit(rm: rm)) }
        if state.saidAbort { events.append(.receiveAbort(rm: rm)) }
      }
      return events
    }
  }

  /// The same state with the resource managers in the order of what is known of each.
  private static func representative(_ state: State, _ count: UInt32) -> State {
    func known(_ rm: UInt32) -> UInt32 {
      let bit: UInt32 = 1 << rm
      let place: UInt32 =
        state.working & bit != 0
        ? 0 : state.prepared & bit != 0 ? 1 : state.committed & bit != 0 ? 2 : 3
      return place << 2 | (state.heard & bit != 0 ? 2 : 0) | (state.said & bit != 0 ? 1 : 0)
    }
    var sorted = state
    (sorted.working, sorted.prepared, sorted.committed, sorted.aborted) = (0, 0, 0, 0)
    (sorted.heard, sorted.said) = (0, 0)
    for (i, known) in (0..<count).map(known).sorted().enumerated() {
      let bit: UInt32 = 1 << UInt32(i)
      switch known >> 2 {
      case 0: sorted.working |= bit
      case 1: sorted.prepared |= bit
      case 2: sorted.committed |= bit
      default: sorted.aborted |= bit
      }
      if known & 2 != 0 { sorted.heard |= bit }
      if known & 1 != 0 { sorted.said |= bit }
    }
    return sorted
  }

  private static func number(_ state: State, _ count: UInt32) -> UInt128 {
    var number = UInt128(state.working)
    for part in [state.prepared, state.committed, state.heard, state.said] {
      number = number << count | UInt128(part)
    }
    number = number << 2 | UInt128(state.manager.rawValue)
    return number << 2 | (state.saidCommit ? 2 : 0) | (state.saidAbort ? 1 : 0)
  }
}

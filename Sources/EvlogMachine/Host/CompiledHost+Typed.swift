import EvlogCore

// What a program that knows the machine's type may ask.
extension CompiledHost {
  /// The current state of a stream or key; the initial one if it has had no event.
  package func machineState(of key: String) -> M.State {
    guard let place = cells.place(of: Name(key)) else { return machine.initialState }
    return cells.values[place].state
  }

  /// The verdicts of the state invariants on a key's present state; nil for other invariants. A key that
  /// has had no event has no state yet to be judged.
  package func standing(of key: String) -> [(verdict: Verdict, reason: String?)?] {
    guard let state = cells[Name(key)]?.state else { return [] }
    return invariants.map { invariant in
      guard case .state(let predicate) = invariant.check, !invariant.isFinal else { return nil }
      do { return (try predicate(state) ? .holds : .violated, nil) } catch {
        return (.undefined, "\(error)")
      }
    }
  }

  /// Takes a key's state from another execution of the machine.
  package func adopt(_ key: String, _ cell: Cell) { cells.put(cell, of: Name(key)) }
}

public import EvlogMachine

extension Supervisor {
  public var invariants: [Invariant<Self>] {
    let (names, pauses, restarts, period) = (names, pauses, restarts, period)
    return [
      // How many ticks ago restarts were, kept apart from what the state says of them.
      .history("restarts keep to the intensity", initial: [Int]()) {
        ages, before, event, after, _ in
        guard case .tick = event else { return true }
        ages = ages.map { $0 + 1 }.filter { $0 < period }
        ages += Self.started(before, after).map { _ in 0 }
        return ages.count <= restarts
      },
      .history("it does not give up too early", initial: [Int]()) { ages, before, event, after, _ in
        let givesUp = !before.hasGivenUp && after.hasGivenUp
        guard case .tick = event else { return !givesUp }
        ages = ages.map { $0 + 1 }.filter { $0 < period }
        let due = before.children.values.count { !$0.isRunning && $0.left == 1 }
        defer { ages += Self.started(before, after).map { _ in 0 } }
        return !givesUp || ages.count + due > restarts
      },
      .always("after giving up, nothing runs") { state in
        !state.hasGivenUp || state.children.values.allSatisfy { !$0.isRunning }
      },
      .step("only a reset ends that") { before, event, after, _ in
        if case .reset = event { return true }
        return !before.hasGivenUp || after.hasGivenUp
      },
      .step("a child that failed does not run") { _, event, after, _ in
        guard case .failed(let name) = event else { return true }
        return after.children[name]?.isRunning != true
      },
      .step("a pause lasts as long as it should") { before, event, after, _ in
        switch event {
        case .reset: true
        case .tick: Self.started(before, after).allSatisfy { before.children[$0]?.left == 1 }
        default: Self.started(before, after).isEmpty
        }
      },
      .step("a pause ends") { before, event, after, _ in
        guard case .tick = event, !after.hasGivenUp else { return true }
        return before.children.allSatisfy { name, child in
          child.isRunning
            || (child.left == 1
              ? after.children[name]?.isRunning == true
              : after.children[name]?.left == child.left - 1)
        }
      },
      .history(
        "each pause is twice the last one",
        initial: Dictionary(uniqueKeysWithValues: names.map { ($0, pauses.first) })
      ) { kept, before, event, after, _ in
        switch event {
        case .worked(let name):
          if before.children[name]?.isRunning == true { kept[name] = pauses.first }
        case .reset:
          if before.hasGivenUp { for name in names { kept[name] = pauses.first } }
        case .failed(let name):
          guard before.children[name]?.isRunning == true, let pause = kept[name] else {
            return true
          }
          kept[name] = min(pauses.longest, 2 * pause)
          return after.children[name]?.left == pause
        case .tick: break
        }
        return true
      },
      .step("the others go on") { before, event, after, _ in
        guard case .failed(let name) = event else { return true }
        return before.children.allSatisfy { $0.key == name || after.children[$0.key] == $0.value }
      },
    ]
  }

  /// The children that run after an event and did not before.
  private static func started(_ before: State, _ after: State) -> [String] {
    after.children.filter { name, child in
      child.isRunning && before.children[name]?.isRunning == false
    }.map(\.key)
  }
}

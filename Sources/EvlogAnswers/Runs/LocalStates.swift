import EvlogCore
import EvlogCuts
import EvlogJSON
import EvlogMachine

/// The states of a group's logs at each of their cuts, each by itself.
struct LocalStates: Sendable {
  /// The state of each log after some of its events; the positions where it changed.
  private var changes: [[(position: Cut, state: JSONValue)]] = []

  /// Reduces each line by itself. The machine must be one whose logs have a state each.
  init(_ program: any Program, over history: CausalHistory) throws {
    for (line, member) in history.group.members.enumerated() {
      let path = StatePath([.key(member.name)])
      let host = try program.makeHost(HostSetup(judged: []))
      var changed: [(position: Cut, state: JSONValue)] = []
      func note(at position: Cut) throws {
        let state = try host.value(at: path, of: nil) ?? .null
        if changed.last?.state != state { changed.append((position, state)) }
      }
      try note(at: 0)
      var position: Cut = 0
      try history.forEachRow(ofLine: line) { row in
        for i in row.indices {
          try host.run(row[i...i], watching: .nothing, verdict: { _ in }, moment: { _ in })
          position += 1
          try note(at: position)
        }
      }
      changes.append(changed)
    }
  }

  /// The state of a line at one of its cuts.
  func state(_ line: Int, at position: Cut) -> JSONValue {
    let changed = changes[line]
    var (low, high) = (0, changed.count)
    while low < high {
      let middle = (low + high) / 2
      if changed[middle].position <= position { low = middle + 1 } else { high = middle }
    }
    return changed[low - 1].state
  }
}

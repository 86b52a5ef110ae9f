import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// A map, in words.
struct MapText {
  let map: Answers.Map

  func print(listsAll: Bool) {
    let out = Output.standard
    let marks = RegionMap.Mark.allCases.filter { $0 != .unknown && map.count($0) > 0 }
    out.line(
      "\(Words.count(map.regions.count, "region")) × \(Words.count(map.types.count, "type")) = "
        + "\(Words.count(map.cells.count, "cell"))")
    out.line(marks.map { "\($0.rawValue) \(map.count($0))" }.joined(separator: "  "))
    var unknown = out.bold("unknown \(map.count(.unknown))")
    if !map.cells.isEmpty {
      unknown +=
        " (\(Words.oneDecimal(100 * Double(map.count(.unknown)) / Double(map.cells.count))) %"
      unknown += map.unknownBefore.map { ", was \($0))" } ?? ")"
    }
    out.line(unknown)
    // What is not as it should be comes first, and the unknown before the known.
    var shown: [RegionMap.Mark] = [.broken, .lie, .deviation, .surprise, .unknown, .claimed]
    if listsAll { shown += [.guarded, .ignored, .confirmed] }
    for mark in shown { list(map.cells.filter { $0.mark == mark }, mark) }
    if let probed = map.probed { print(probed) }
    if let worsened = map.worsened { listNames("worse than before", worsened) }
    if let unseen = map.unseen { listNames("seen here, not in the other map", unseen) }
    out.line()
    var sum = "\(Words.count(map.events, "event")) counted"
    if map.ignoredByName > 0 { sum += ", \(Words.number(map.ignoredByName)) ignored by name" }
    if map.unconcerned > 0 || map.machine.scope == .key {
      sum += ", \(Words.number(map.unconcerned)) of no state"
    }
    if map.afterFailure > 0 {
      sum +=
        ", \(Words.number(map.afterFailure)) of \(KeysText.things(map.machine.scope)) at "
      sum += "which the machine failed"
    }
    KeysText.say(map.failedKeys, of: map.machine.scope)
    out.line(sum + ", \(Words.duration(map.seconds))")
  }

  private func list(_ cells: [Answers.Map.Cell], _ mark: RegionMap.Mark) {
    let out = Output.standard
    if !cells.isEmpty { out.line() }
    let space = String(repeating: " ", count: max(1, 11 - mark.rawValue.count))
    func line(_ types: [String], _ cell: Answers.Map.Cell) {
      let names = types.map(Words.plain).joined(separator: ", ")
      out.line("\(mark.rawValue)\(space)\(Words.plain(cell.region)) × \(names)  \(detail(cell))")
    }
    if mark != .unknown { return cells.forEach { line([$0.type], $0) } }
    // Of what never came in a region there is the same to say.
    for region in map.regions {
      let row = cells.filter { Name($0.region) == Name(region.name) }
      if let first = row.first { line(row.map(\.type), first) }
    }
  }

  private func listNames(_ title: String, _ names: [Answers.Map.CellName]) {
    let out = Output.standard
    out.line()
    out.line("\(title): \(names.isEmpty ? "nothing" : Words.count(names.count, "cell"))")
    for name in names {
      guard let cell = map.cells.first(where: { $0.region == name.region && $0.type == name.type })
      else { continue }
      out.line(
        "  \(Words.plain(cell.region)) × \(Words.plain(cell.type))  \(cell.mark.rawValue)  "
          + detail(cell))
    }
  }

  private func detail(_ cell: Answers.Map.Cell) -> String {
    guard cell.events > 0 else {
      let exposure = map.regions.first { Name($0.name) == Name(cell.region) }?.exposure ?? 0
      if exposure == 0 { return "no event ever occurred in this region" }
      // The rule of three: with 95 % certainty it comes less often than this.
      let bound = 300 / Double(exposure)
      let share = bound >= 100 ? "" : ", so in less than \(Self.percent(bound)) of them"
      return "never among \(Words.count(exposure, "event"))\(share)"
    }
    var text = Words.number(cell.events)
    let targets = cell.targets.sorted { $0.events > $1.events }
    text += " → "
    text += targets.map { target in
      let name = Words.plain(target.region)
      return targets.count > 1 ? "\(name) \(Words.number(target.events))" : name
    }.joined(separator: ", ")
    if let wrong = cell.firstWrong { text += "; first at offset \(Words.number(wrong))" }
    return text
  }

  private static func percent(_ value: Double) -> String {
    value >= 1 ? "\(Words.oneDecimal(value)) %" : "\((value * 1000).rounded(.up) / 1000) %"
  }

  private func print(_ probed: Answers.Map.Probed) {
    let out = Output.standard
    out.line()
    out.line(
      out.bold("synthetic")
        + "  \(Words.count(probed.trials, "trial")) of events on states that never met")
    for cell in probed.cells {
      let all = cell.outcomes.reduce(0) { $0 + $1.trials }
      let words = cell.outcomes.map { outcome in
        let state = outcome.cut.map { "cut \(Words.number($0))" } ?? "the initial state"
        return "\(Words.number(outcome.trials)) \(Self.words(outcome)) "
          + "(offset \(Words.number(outcome.offset)) on \(state))"
      }
      out.line(
        "  \(Words.plain(cell.region)) × \(Words.plain(cell.type))  tried \(Words.number(all)): "
          + words.joined(separator: ", "))
    }
  }

  private static func words(_ outcome: Answers.Map.Probed.Outcome) -> String {
    switch outcome.outcome {
    case "traps": "end the process"
    case "breaks": "break '\(outcome.invariant ?? "")'"
    case "undefined": "leave '\(outcome.invariant ?? "")' undefined"
    case "refused": "refused: \(Words.plain(outcome.reason ?? ""))"
    case "leads": "lead to \(Words.plain(outcome.target ?? ""))"
    default: "change nothing"
    }
  }
}

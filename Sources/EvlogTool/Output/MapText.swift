import EvlogForensics
import EvlogReplay
import EvlogStore

/// A map, with what it was compared with.
struct MapText {
  let map: RegionMap
  let probed: MapProbe.Answer?
  let took: Duration
  let worsened: [RegionMap.Cell]?
  let unknownBefore: Int?
  let unseen: [RegionMap.Cell]?

  // MARK: JSON

  var json: Report {
    var report = Report("map")
    report["machine"] = .machine(map.machine)
    report["cut"] = .int(map.cut)
    report["regions"] = .array(
      map.regions.map { region in
        .object([("name", .string(region)), ("exposure", .int(map.exposure(of: region)))])
      })
    report["types"] = .array(map.types.map { .string($0) })
    report["counts"] = .object(RegionMap.Mark.allCases.map { ($0.rawValue, .int(map.count($0))) })
    report["events"] = .int(map.tally.events)
    report["ignoredByName"] = .int(map.tally.ignored)
    report["unconcerned"] = .int(map.tally.unconcerned)
    report["afterFailure"] = .int(map.tally.afterFailure)
    report["keys"] = map.machine.scope == .log ? .null : .int(map.keyCount)
    report["failedKeys"] = .failedKeys(map.failedKeys)
    report["cells"] = .array(map.cells.map(Self.cell))
    if let worsened { report["worsened"] = .array(worsened.map(Self.name)) }
    if let probed { report["probed"] = probed.json }
    if let unseen { report["unseen"] = .array(unseen.map(Self.name)) }
    report["seconds"] = .seconds(took)
    return report
  }

  private static func name(_ cell: RegionMap.Cell) -> JSONValue {
    .object([
      ("region", .string(cell.region)), ("type", .string(cell.type)),
      ("mark", .string(cell.mark.rawValue)),
    ])
  }

  private static func cell(_ cell: RegionMap.Cell) -> JSONValue {
    let declared: JSONValue =
      switch cell.move {
      case nil: .null
      case .allowed(let targets)?: .array(targets.map { .string($0) })
      case .ignored?: .string("ignored")
      case .forbidden?: .string("forbidden")
      }
    return .object([
      ("region", .string(cell.region)), ("type", .string(cell.type)),
      ("mark", .string(cell.mark.rawValue)), ("declared", declared),
      ("events", .int(cell.count?.events ?? 0)), ("first", .optional(cell.count?.first)),
      ("last", .optional(cell.count?.last)), ("firstWrong", .optional(cell.firstWrong)),
      (
        "targets",
        .array(
          (cell.count?.targets ?? []).map { target in
            .object([
              ("region", .string(target.region)), ("events", .int(target.events)),
              ("first", .int(target.first)),
            ])
          })
      ),
    ])
  }

  // MARK: Text

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
      unknown += unknownBefore.map { ", was \($0))" } ?? ")"
    }
    out.line(unknown)
    // What is not as it should be comes first, and the unknown before the known.
    var shown: [RegionMap.Mark] = [.broken, .lie, .deviation, .surprise, .unknown, .claimed]
    if listsAll { shown += [.guarded, .ignored, .confirmed] }
    for mark in shown { list(map.cells.filter { $0.mark == mark }, mark) }
    if let probed { probed.print() }
    if let worsened { listNames("worse than before", worsened) }
    if let unseen { listNames("seen here, not in the other map", unseen) }
    out.line()
    var sum = "\(Words.count(map.tally.events, "event")) counted"
    if map.tally.ignored > 0 { sum += ", \(Words.number(map.tally.ignored)) ignored by name" }
    if map.tally.unconcerned > 0 || map.machine.scope == .key {
      sum += ", \(Words.number(map.tally.unconcerned)) of no state"
    }
    if map.tally.afterFailure > 0 {
      sum +=
        ", \(Words.number(map.tally.afterFailure)) of \(KeysText.things(map.machine.scope)) at "
      sum += "which the machine failed"
    }
    KeysText.say(map.failedKeys, of: map.machine.scope)
    out.line(sum + ", \(Words.duration(took))")
  }

  private func list(_ cells: [RegionMap.Cell], _ mark: RegionMap.Mark) {
    let out = Output.standard
    if !cells.isEmpty { out.line() }
    let space = String(repeating: " ", count: max(1, 11 - mark.rawValue.count))
    func line(_ types: [String], _ cell: RegionMap.Cell) {
      let names = types.map(Words.plain).joined(separator: ", ")
      out.line("\(mark.rawValue)\(space)\(Words.plain(cell.region)) × \(names)  \(detail(cell))")
    }
    if mark != .unknown { return cells.forEach { line([$0.type], $0) } }
    // Of what never came in a region there is the same to say.
    for region in map.regions {
      let row = cells.filter { Name($0.region) == Name(region) }
      if let first = row.first { line(row.map(\.type), first) }
    }
  }

  private func listNames(_ title: String, _ cells: [RegionMap.Cell]) {
    let out = Output.standard
    out.line()
    out.line("\(title): \(cells.isEmpty ? "nothing" : Words.count(cells.count, "cell"))")
    for cell in cells {
      out.line(
        "  \(Words.plain(cell.region)) × \(Words.plain(cell.type))  \(cell.mark.rawValue)  "
          + detail(cell))
    }
  }

  private func detail(_ cell: RegionMap.Cell) -> String {
    guard let count = cell.count else {
      let exposure = map.exposure(of: cell.region)
      if exposure == 0 { return "no event ever occurred in this region" }
      // The rule of three: with 95 % certainty it comes less often than this.
      let bound = 300 / Double(exposure)
      let share = bound >= 100 ? "" : ", so in less than \(Self.percent(bound)) of them"
      return "never among \(Words.count(exposure, "event"))\(share)"
    }
    var text = Words.number(count.events)
    let targets = count.targets.sorted { $0.events > $1.events }
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
}

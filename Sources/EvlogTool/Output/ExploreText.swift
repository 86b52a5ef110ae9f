import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What came of an exploration, in words.
struct ExploreText {
  let answer: Answers.Explore
  /// The machine and the log as they were named.
  let machine: String
  let log: String?
  /// Whether the machine itself was explored, so that there is more to ask about what was found.
  var suggests = true

  /// How many changed paths are shown of one event, and how many events of one run.
  private static let changeLimit = 8
  private static let stepLimit = 60

  func print() {
    let out = Output.standard
    let states = answer.states
    let count = Words.count(states.distinct, "distinct state")
    out.line(
      out.bold(count)
        + ", \(Words.number(states.generated)) generated, depth \(Words.number(states.depth)): "
        + extent)
    out.line(
      "from \(beginning), by \(events)"
        + (answer.symmetry ? "; one state for all that differ only in names" : ""))
    if states.ends > 0 {
      out.line("\(Words.count(states.ends, "state")) in which no event can happen")
    }
    if states.beyondBound > 0 {
      out.line(
        "\(Words.count(states.beyondBound, "state")) beyond the machine's bound: judged, and not explored further"
      )
    }
    if !answer.aboutEnd.isEmpty {
      out.line(
        "not judged, because explored states have no end: "
          + list(answer.aboutEnd.map(Words.quoted)))
    }
    if !answer.remembered.isEmpty {
      out.line(
        "a state is counted with what is remembered by \(list(answer.remembered.map(Words.quoted)))"
      )
    }
    if !answer.invariants.isEmpty { out.line() }
    for invariant in answer.invariants { say(invariant) }
    if let shortest = answer.shortest, let run = shortest.run {
      out.line()
      let length =
        run.steps.isEmpty
        ? "the state of the beginning violates it"
        : "\(Words.count(run.steps.count, "event")), as few as possible"
      out.line(out.bold("VIOLATED") + "  '\(Words.plain(shortest.name))'  \(length)")
      say(run)
    } else if let undefined = answer.invariants.first(where: { $0.undefined > 0 }),
      let run = undefined.run
    {
      out.line()
      out.line(
        "'\(Words.plain(undefined.name))' cannot be judged after "
          + Words.count(run.steps.count, "event"))
      say(run)
    }
    if let end = answer.end { say(end) }
    for failure in answer.failures { say(failure) }
    sayExplored()
    out.line()
    for (i, command) in next.enumerated() { out.line((i == 0 ? "next  " : "      ") + command) }
    out.line(
      "the chance that two states were taken for one: \(Self.chance(answer.collision)); "
        + Words.duration(answer.seconds))
  }

  private var extent: String {
    let words = answer.bounds.compactMap(ExploredSpace.Bound.init(rawValue:)).map { bound in
      switch bound {
      case .machine: "bounded by the machine"
      case .depth: "bounded by --depth"
      case .states: "bounded by --states"
      case .seconds: "bounded by --seconds"
      case .interrupted: "interrupted"
      case .violation:
        answer.invariants.count > 1 && answer.invariants.contains { $0.verdict != "violated" }
          ? "up to the first violation (--all goes on)" : "up to the violation"
      case .failure: "the machine could not go on"
      }
    }
    return words.isEmpty ? "complete" : words.joined(separator: ", ")
  }

  private var beginning: String {
    let whose = answer.key.map { " of \(Words.key($0))" } ?? ""
    return answer.cut.map { "the state\(whose) at cut \(Words.number($0))" }
      ?? "the initial state\(whose)"
  }

  private var events: String {
    guard let drawn = answer.events.drawn, let distinct = answer.events.distinct else {
      return "the events that the machine declares"
    }
    return drawn == distinct
      ? Words.count(drawn, "distinct event") + " of the log"
      : "the first \(Words.number(drawn)) of \(Words.count(distinct, "distinct event")) of the log (--events)"
  }

  private func list(_ words: [String]) -> String { words.joined(separator: ", ") }

  private func say(_ invariant: Answers.Explore.Invariant) {
    let space = String(repeating: " ", count: max(1, 11 - invariant.verdict.count))
    var line = "\(invariant.verdict)\(space)\(Words.plain(invariant.name))"
    let noun = invariant.kind == .state ? "state" : "event"
    if invariant.violations > 0 {
      line += "  by \(Words.count(invariant.violations, noun))"
      if let run = invariant.run {
        line += ", the first after \(Words.count(run.steps.count, "event"))"
      }
    }
    if invariant.undefined > 0 {
      line += "  undefined in \(Words.count(invariant.undefined, noun))"
      line += invariant.undefinedReason.map { ": \(Words.plain($0))" } ?? ""
    }
    Output.standard.line(line)
  }

  private func say(_ run: Answers.Explore.Run) {
    let out = Output.standard
    for (i, step) in run.steps.enumerated() {
      // The beginning and the end say most.
      if i >= Self.stepLimit / 2, i < run.steps.count - Self.stepLimit / 2 {
        if i == Self.stepLimit / 2 {
          out.line(
            "        … \(Words.count(run.steps.count - Self.stepLimit, "event")) more: --out, --json"
          )
        }
        continue
      }
      var data = String(decoding: step.event.data.prefix(400), as: UTF8.self)
      data = TerminalText.shortened(Words.plain(data), to: 100)
      let number = Words.number(step.event.offset.rawValue)
      let space = String(repeating: " ", count: max(0, 8 - number.count))
      out.line("\(space)\(number)  \(Words.plain(step.event.type))  \(data)")
      guard let changes = step.changes else { continue }
      if changes.isEmpty { out.line("            changes nothing") }
      for line in changes.lines(limit: Self.changeLimit) {
        out.line("            " + out.coloured(line))
      }
    }
    if !run.repeats {
      out.line(
        "        a replay of these events does not come to this: the machine looks at revisions, at keys, or at "
          + "something that is not in its state")
    }
  }

  private func say(_ failure: Answers.Explore.Failure) {
    let out = Output.standard
    let times = failure.type.isEmpty ? "" : Words.quoted(failure.type)
    out.line()
    out.line(
      "failed     \(times)\(failure.events > 1 ? "  \(Words.number(failure.events)) ×" : ""): "
        + Words.plain(failure.reason))
    guard let run = failure.run else { return }
    if run.steps.isEmpty { return out.line("           in the state of the beginning") }
    out.line(
      "           " + (failure.type.isEmpty ? "after " : "at the last of ")
        + "\(Words.count(run.steps.count, "event")), as few as possible")
    say(run)
  }

  private func sayExplored() {
    let out = Output.standard
    if !answer.explored.isEmpty { out.line() }
    for cell in answer.explored {
      let targets = cell.targets.map { "\(Words.plain($0.region)) \(Words.number($0.events))" }
      let region = cell.region.map { "\(Words.plain($0)) × " } ?? ""
      out.line(
        "explored   \(region)\(Words.plain(cell.type))  \(Words.number(cell.events))"
          + (targets.isEmpty ? "" : " → \(list(targets))"))
    }
    if !answer.never.isEmpty {
      out.line("never      \(list(answer.never.map(Words.plain)))")
    }
  }

  private var next: [String] {
    guard suggests else { return [] }
    guard let shortest = answer.shortest else { return [] }
    let machine = "--machine " + Words.shell(machine)
    if let written = answer.out {
      return [
        "\(EvlogTool.name) bisect \(Words.shell(written)) \(machine) "
          + Words.option("--invariant", shortest.name)
      ]
    }
    var explore = "\(EvlogTool.name) explore" + (log.map { " " + Words.shell($0) } ?? "")
    explore += " " + machine
    if let cut = answer.cut { explore += " --from-log \(cut)" }
    if let key = answer.key { explore += " " + Words.option("--key", key) }
    return ["\(explore) --out broken.evlog"]
  }

  private static func chance(_ value: Double) -> String {
    if value == 0 { return "0" }
    var exponent = 0
    var rest = value
    // What would be rounded to ten is one, with the next exponent.
    while rest < 0.95 {
      rest *= 10
      exponent += 1
    }
    return "\(Int(rest.rounded()))·10^-\(exponent)"
  }
}

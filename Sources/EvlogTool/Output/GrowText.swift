import EvlogAnswers
import EvlogForensics
import EvlogMachine

/// How far a machine is known, in words.
struct GrowText {
  let answer: Answers.Growth
  /// The older machine, as it was named.
  let old: String?
  let asked: AskedWords

  /// The most survivors that are listed.
  private static let survivorLimit = 20
  private static let width = 11
  private static let changeWidth = 30

  func print() {
    let out = Output.standard
    out.line(
      "\(Words.plain(answer.machine.name)) \(answer.machine.version) at cut "
        + Words.number(answer.cut))
    out.line()
    if let map = answer.map { say(map) } else { say("unknown", "the machine declares no regions") }
    sayLaws()
    if let explored = answer.explored {
      say(explored)
    } else {
      say("explored", "nothing: the machine does not say which events may happen")
    }
    if let refined = answer.refined {
      let verdict = refined.refines ? "yes" : refined.broken ? out.bold("no") : "as far as both ran"
      say("refines", "\(Words.plain(old ?? "")): \(verdict)")
      for name in refined.lost { say("", "lost  \(Words.plain(name))") }
    }
    if let mutants = answer.mutants { say(mutants) }
    if let setbacks = answer.setbacks { say(setbacks) }
    out.line()
    for (i, command) in next.enumerated() { out.line((i == 0 ? "next  " : "      ") + command) }
    out.line(Words.duration(answer.seconds))
  }

  private func say(_ word: String, _ text: String, isBad: Bool = false) {
    let padding = String(repeating: " ", count: max(0, Self.width - word.count))
    let out = Output.standard
    out.line((isBad ? out.bold(word) : word) + padding + text)
  }

  private func say(_ map: Answers.Map) {
    let unknown = map.count(.unknown)
    var text = "\(unknown) of \(Words.count(map.cells.count, "cell"))"
    if !map.cells.isEmpty {
      text += " (\(Words.oneDecimal(100 * Double(unknown) / Double(map.cells.count))) %"
      text += map.unknownBefore.map { ", was \($0))" } ?? ")"
    }
    say("unknown", text)
    let wrong = [RegionMap.Mark.broken, .lie, .deviation].reduce(0) { $0 + map.count($1) }
    if wrong > 0 { say("", "\(Words.count(wrong, "cell")) not as declared") }
  }

  private func sayLaws() {
    let out = Output.standard
    if answer.laws.isEmpty { return say("laws", "none") }
    let holding = answer.laws.count { $0.holds }
    say(
      "laws",
      holding == answer.laws.count
        ? "all \(holding) hold" : "\(holding) of \(answer.laws.count) hold")
    for law in answer.laws where !law.holds {
      let name = Words.plain(law.name)
      if law.observed != "holds" {
        let place = law.offset.map { ", first at offset \(Words.number($0))" } ?? ""
        say("", "\(out.bold(law.observed))  \(name)\(place)")
      } else if let explored = law.explored {
        say("", "\(out.bold(explored))  \(name), in a state that the log does not reach")
      }
    }
  }

  private func say(_ explored: Answers.Explore) {
    let extent =
      explored.complete
      ? "complete"
      : explored.isExhaustive
        ? "complete within the machine's bound"
        : "ended by \(explored.bounds.joined(separator: ", "))"
    say("explored", "\(Words.count(explored.states.distinct, "state")), \(extent)")
    for failure in explored.failures {
      say("", "\(Words.plain(failure.type)) fails: \(Words.plain(failure.reason))")
    }
  }

  private func say(_ mutants: Answers.Growth.Mutants) {
    let unusable =
      mutants.unusable == 0 ? "" : "; \(Words.count(mutants.unusable, "change")) made no machine"
    say(
      "mutants",
      mutants.count == 0
        ? "none: there is nothing to change in a handler" + unusable
        : "\(mutants.caught) of \(mutants.count) caught" + unusable)
    for survivor in mutants.survivors.prefix(Self.survivorLimit) {
      let change = survivor.change
      say(
        "",
        (change.file.map { "\($0), " } ?? "")
          + "line \(change.line): \(short(change.before)) → \(short(change.after)); "
          + (survivor.changesStates
            ? "states differ, and no law says so" : "nothing shows a difference"))
      say("", "  \(Words.plain(change.text))")
    }
    let more = mutants.survivors.count - Self.survivorLimit
    if more > 0 { say("", "and \(more) more, which --json lists") }
  }

  /// The beginning of a change, in one line.
  private func short(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if line.count <= Self.changeWidth { return Words.plain(line) }
    return Words.plain(String(line.prefix(Self.changeWidth - 1))) + "…"
  }

  private func say(_ setbacks: [Answers.Growth.Setback]) {
    if setbacks.isEmpty { return say("worse", "nothing") }
    for (i, setback) in setbacks.enumerated() {
      let subject =
        switch setback.kind {
        case .unknown: "unknown cells"
        case .cell: setback.name ?? ""
        case .lost, .law: "the law '\(setback.name ?? "")'"
        case .explored: "the exploration"
        case .mutants: "surviving mutants"
        }
      say(
        i == 0 ? "worse" : "",
        "\(Words.plain(subject)): \(Words.plain(setback.before)) → \(Words.plain(setback.now))",
        isBad: true)
    }
  }

  /// What may be done next, as commands.
  private var next: [String] {
    var commands: [String] = []
    if answer.laws.contains(where: { $0.observed == "violated" }) {
      commands.append(asked.command("why"))
    }
    if answer.explored?.shortest != nil {
      commands.append("\(EvlogTool.name) explore --machine \(Words.shell(asked.machine))")
    }
    if answer.refined?.broken == true, let old {
      commands.append(asked.command("refine", Words.option("--old", old)))
    }
    if answer.map.map({ $0.count(.unknown) > 0 || $0.broken }) == true {
      commands.append(asked.command("map"))
    }
    if answer.setbacks == nil {
      commands.append(asked.command("grow") + " --json > grow.json, a baseline for --check")
    }
    return commands
  }
}

import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// Why an invariant is violated, in words.
struct WhyText {
  let answer: Answers.Why
  let scope: ScopeKind

  /// An answer with the commands that ask what comes next.
  init(_ why: Answers.Why, scope: ScopeKind, _ asked: AskedWords) {
    var answer = why
    answer.next = Self.next(why, asked)
    self.answer = answer
    self.scope = scope
  }

  func print() {
    let out = Output.standard
    let name = answer.invariant ?? ""
    guard let offset = answer.offset else {
      return out.line("\(name) is violated by the initial state, before any event")
    }
    let place = answer.place.map { "  \($0)" } ?? ""
    let whose = answer.key.map { " for \(Words.key($0))" } ?? ""
    out.line(
      out.bold("WHY") + "  offset \(Words.number(offset)) violates '\(name)' "
        + "(\(answer.kind?.rawValue ?? ""))\(whose)\(place)")
    for reason in answer.reasons ?? [] {
      out.line()
      show(reason)
    }
    out.line()
    for (i, command) in (answer.next ?? []).enumerated() {
      out.line((i == 0 ? "next  " : "      ") + command)
    }
    if answer.watched == false {
      out.line(
        "a compiled machine cannot be watched: what an event wrote is taken for what it read. To see which "
          + "other events are needed: minimise")
    }
    KeysText.say(answer.failedKeys, of: scope)
    out.line(
      "\(Words.count(answer.reasons?.count ?? 0, "event")), "
        + Words.duration(answer.seconds?.wrappedValue ?? .zero))
  }

  /// What to ask next: about the event that matters most, and what it wrote.
  ///
  /// That is the one which had written what the breaking event wrote; else what else the invariant looked at, and
  /// of that what decides; else what the event looked at; else the breaking event itself.
  private static func next(_ answer: Answers.Why, _ asked: AskedWords) -> [String]? {
    guard let reasons = answer.reasons else { return nil }
    guard let breaking = reasons.first else { return [] }
    func blame(_ path: StatePath, _ cut: Cut) -> String {
      let key = answer.key.map { " " + Words.option("--key", $0) } ?? ""
      return asked.command("blame", "\(Words.shell("\(path)"))\(key) --at \(asked.cut(cut))")
    }
    func whatIf(_ offset: Offset) -> [String] {
      asked.isEdited ? [] : [asked.command("what-if", "--drop \(offset)")]
    }
    let offset = breaking.event.offset
    if let read = breaking.deciding, let writer = read.writer {
      return [blame(read.path, offset.cutBefore)] + whatIf(writer)
    }
    return breaking.wrote.prefix(1).map { blame($0.path, offset.cutAfter) } + whatIf(offset)
  }

  private func show(_ reason: Answers.Why.Reason) {
    let out = Output.standard
    out.line(EventText.line(reason.event))
    let isBreaking = reason.depth == 0
    for (i, line) in lines(reason.wrote).enumerated() {
      row(i == 0 ? "wrote" : "", out.coloured(line))
    }
    if reason.wroteLeftOut > 0 {
      more(reason.wrote.count, reason.wroteLeftOut)
    }
    if isBreaking, reason.wrote.isEmpty { row("wrote", "nothing that the invariant read") }
    for (i, read) in (reason.judgedBefore ?? []).enumerated() {
      row(i == 0 ? "judged by" : "", Self.line(read))
    }
    if let leftOut = reason.judgedLeftOut, leftOut > 0 {
      more(reason.judgedBefore?.count ?? 0, leftOut, "judged by")
    }
    if let reads = reason.read {
      for (i, read) in reads.enumerated() { row(i == 0 ? "read" : "", Self.line(read)) }
      if reads.isEmpty { row("read", "nothing of the state") }
      if reason.readsLeftOut > 0 {
        more(reads.count, reason.readsLeftOut)
      }
    } else {
      row("read", "not followed: --depth goes further")
    }
    for (i, line) in Self.causes(of: reason).enumerated() { row(i == 0 ? "caused by" : "", line) }
  }

  /// A line for each id that an event names as a cause, once.
  private static func causes(of reason: Answers.Why.Reason) -> [String] {
    var named: Set<Name> = []
    return reason.event.causation.filter { named.insert(Name($0)).inserted }.map { id in
      guard let cause = reason.causes.first(where: { $0.id.map(Name.init) == Name(id) }) else {
        return "\(Words.plain(id)), which is not an earlier event of the log"
      }
      return "offset \(Words.number(cause.offset))  \(Words.plain(cause.type))  stream "
        + Words.plain(cause.stream)
    }
  }

  static func line(_ read: Why.Read) -> String {
    let value = read.value.map { StateDiff.short($0, 60) } ?? "nothing"
    let writer = read.writer.map { "written by \(Words.number($0))" } ?? "from the beginning"
    let followed = read.isFollowed || read.writer == nil ? "" : ", not followed"
    return "\(read.path)  \(value)  \(writer)\(followed)"
  }

  private func lines(_ writes: [StateDiff.Change]) -> [String] {
    writes.flatMap { StateDiff(changing: $0.path, from: $0.old, to: $0.new).lines(limit: 4) }
  }

  /// How much more there is than is shown, and how it is shown.
  private func more(_ shown: Int, _ leftOut: Int, _ label: String = "") {
    let paths = Words.count(leftOut, "path")
    let how = "--paths \(shown + leftOut) shows them"
    if shown > 0 { return row("", "and \(paths) more; \(how)") }
    row(label, "\(paths) that have nothing in common with the event; \(how)")
  }

  private func row(_ label: String, _ text: String) {
    let space = String(repeating: " ", count: max(1, 11 - label.count))
    Output.standard.line("           \(label)\(space)\(text)")
  }
}

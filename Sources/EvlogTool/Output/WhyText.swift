import EvlogForensics
import EvlogReplay
import EvlogStore

/// What is the reason of a violation, in words and as JSON.
struct WhyText {
  let why: Why
  let scan: Scan
  let took: Duration
  let store: String
  let machine: String

  func print() {
    let out = Output.standard
    let finding = why.violation.finding
    let place = finding.invariant.place.map { "  \($0)" } ?? ""
    let whose = why.violation.episode.key.map { " for \(Words.key($0))" } ?? ""
    guard let event = why.violation.event else {
      out.line("\(finding.invariant.name) is violated by the initial state, before any event")
      return
    }
    out.line(
      out.bold("WHY")
        + "  offset \(Words.number(event.offset)) violates '\(finding.invariant.name)' "
        + "(\(finding.invariant.kind.rawValue))\(whose)\(place)")
    for reason in why.reasons {
      out.line()
      show(reason)
    }
    out.line()
    for (i, command) in next.enumerated() { out.line((i == 0 ? "next  " : "      ") + command) }
    if !why.isWatched {
      out.line(
        "a compiled machine cannot be watched: what an event wrote is taken for what it read. Which other "
          + "events it takes, minimise says")
    }
    KeysText.say(scan.failedKeys(before: why.violation), of: scan.machine.scope)
    out.line("\(Words.count(why.reasons.count, "event")), \(Words.duration(took))")
  }

  /// What to ask next: about the event that matters most, and what it wrote.
  ///
  /// That is the one which had written what the breaking event wrote; else what else the invariant looked at, and
  /// of that what decides; else what the event looked at; else the breaking event itself.
  private var next: [String] {
    guard let breaking = why.reasons.first else { return [] }
    let log = "\(Words.shell(store)) --machine \(Words.shell(machine))"
    let key = why.violation.episode.key.map { " " + Words.option("--key", $0) } ?? ""
    func blame(_ path: StatePath, _ cut: Cut) -> String {
      "\(EvlogTool.name) blame \(log) \(Words.shell("\(path)"))\(key) --at \(cut)"
    }
    func whatIf(_ offset: Offset) -> String {
      "\(EvlogTool.name) what-if \(log) --drop \(offset)"
    }
    let offset = breaking.event.offset
    if let read = breaking.readsByWeight.first(where: { $0.isFollowed && $0.writer != nil }),
      let writer = read.writer
    {
      return [blame(read.path, offset.cutBefore), whatIf(writer)]
    }
    return breaking.writes.prefix(1).map { blame($0.path, offset.cutAfter) } + [whatIf(offset)]
  }

  private func show(_ reason: Why.Reason) {
    let out = Output.standard
    out.line(EventText.line(reason.event))
    let isBreaking = reason.depth == 0
    for (i, line) in lines(reason.writes).enumerated() {
      row(i == 0 ? "wrote" : "", out.coloured(line))
    }
    if reason.writesLeftOut > 0 {
      more(reason.writes.count, reason.writesLeftOut)
    }
    if isBreaking, reason.writes.isEmpty { row("wrote", "nothing that the invariant looked at") }
    for (i, read) in reason.judgedBefore.enumerated() {
      row(i == 0 ? "judged by" : "", Self.line(read))
    }
    if reason.judgedLeftOut > 0 {
      more(reason.judgedBefore.count, reason.judgedLeftOut, "judged by")
    }
    if let reads = reason.reads {
      for (i, read) in reads.enumerated() { row(i == 0 ? "read" : "", Self.line(read)) }
      if reads.isEmpty { row("read", "nothing of the state") }
      if reason.readsLeftOut > 0 {
        more(reads.count, reason.readsLeftOut)
      }
    } else {
      row("read", "not followed: --depth goes further")
    }
    if let cause = reason.cause {
      row(
        "caused by",
        "offset \(Words.number(cause.offset))  \(Words.plain(cause.type))  stream "
          + Words.plain(cause.stream))
    } else if let causation = reason.event.causation {
      row("caused by", "\(Words.plain(causation)), which is no earlier event of the log")
    }
  }

  static func line(_ read: Why.Read) -> String {
    let value = read.value.map { StateDiff.short($0, 60) } ?? "nothing"
    let writer = read.writer.map { "written by \(Words.number($0))" } ?? "from the beginning"
    let followed = read.isFollowed || read.writer == nil ? "" : ", not followed"
    return "\(read.path)  \(value)  \(writer)\(followed)"
  }

  private func lines(_ writes: [Write]) -> [String] {
    writes.flatMap { StateDiff(changing: $0.path, from: $0.old, to: $0.new).lines(limit: 4) }
  }

  /// How much more there is than is shown, and how it is shown.
  private func more(_ shown: Int, _ leftOut: Int, _ label: String = "") {
    let places = Words.count(leftOut, "place")
    let how = "--places \(shown + leftOut) shows them"
    if shown > 0 { return row("", "and \(places) more; \(how)") }
    row(label, "\(places) that have nothing in common with the event; \(how)")
  }

  private func row(_ label: String, _ text: String) {
    let space = String(repeating: " ", count: max(1, 11 - label.count))
    Output.standard.line("           \(label)\(space)\(text)")
  }

  var json: Report {
    var report = Report("why")
    let finding = why.violation.finding
    report["invariant"] = .string(finding.invariant.name)
    report["key"] = .optional(why.violation.episode.key)
    report["offset"] = .optional(why.violation.episode.brokenBy)
    report["watched"] = .bool(why.isWatched)
    report["reasons"] = .array(
      why.reasons.map { reason in
        var members: [(String, JSONValue)] = [
          ("event", .event(reason.event)), ("depth", .int(reason.depth)),
          (
            "wrote",
            .array(
              reason.writes.map { write in
                .object(
                  JSONObject(
                    [("path", .string("\(write.path)"))] + (write.old.map { [("old", $0)] } ?? [])
                      + (write.new.map { [("new", $0)] } ?? [])))
              })
          ),
          ("wroteLeftOut", .int(reason.writesLeftOut)),
          ("read", reason.reads.map { .array($0.map(JSONValue.read)) } ?? .null),
          ("readsLeftOut", .int(reason.readsLeftOut)),
        ]
        if !reason.judgedBefore.isEmpty || reason.judgedLeftOut > 0 {
          members.append(("judgedBefore", .array(reason.judgedBefore.map(JSONValue.read))))
          members.append(("judgedLeftOut", .int(reason.judgedLeftOut)))
        }
        members.append(("causedBy", .optional(reason.cause?.offset)))
        return .object(members)
      })
    report["next"] = .array(next.map { .string($0) })
    report.addKeys(of: scan, before: why.violation)
    report["work"] = .work(why.work)
    report["seconds"] = .seconds(took)
    return report
  }
}

extension JSONValue {
  static func read(_ read: Why.Read) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("path", .string("\(read.path)")), ("writer", .optional(read.writer)),
      ("followed", .bool(read.isFollowed)),
    ]
    if let value = read.value { members.append(("value", value)) }
    return .object(members)
  }
}

public import ArgumentParser
public import EvlogAnswers
import EvlogCuts
import EvlogMachine

extension Runs: ExpressibleByArgument {}

/// What is violated in other runs than the recorded one, in words.
enum RunsText {
  static func print(_ answer: Answers.RunsBisect, asked: AskedWords) {
    let out = Output.standard
    for finding in answer.invariants {
      guard finding.kind == .state else {
        out.line(
          "not judged: \(name(finding)), a \(finding.kind.rawValue) invariant: it has no verdict at a cut"
        )
        continue
      }
      switch (finding.violated, answer.runs) {
      case (true?, .definitely):
        out.line(out.bold("IN EVERY RUN") + "  violated: " + name(finding))
      case (true?, _): first(finding, asked)
      case (false?, .definitely):
        out.line("not violated in every run: \(name(finding))")
      case (false?, _): out.line("no run violates \(name(finding))")
      case (nil, _):
        out.line("unknown: \(name(finding))" + (finding.reason.map { "  \($0)" } ?? ""))
      }
      out.line("  guarantee   " + guarantee(finding))
      // A violation takes many lines, and stands apart.
      if finding.first != nil { out.line() }
    }
    if answer.invariants.last?.first == nil { out.line() }
    out.line(
      "\(Words.count(answer.cut.eventCount, "event")) in \(Words.count(answer.cut.names.count, "log")), "
        + "\(Words.count(answer.invariants.count, "invariant")), \(Words.duration(answer.seconds))")
  }

  private static func first(_ finding: Answers.RunsBisect.Finding, _ asked: AskedWords) {
    guard let first = finding.first else { return }
    let out = Output.standard
    out.line(
      out.bold("FIRST POSSIBLE VIOLATION") + "  "
        + (first.event.map { CutText.event($0) } ?? "before all events"))
    out.line("  invariant   \(name(finding))")
    out.line("  cut         \(first.cut)")
    if first.inOrder {
      out.line("  order       the recorded order passes this cut")
    } else {
      out.line("  order       the recorded order does not pass this cut, but the edges allow it")
    }
    if let edge = first.forbiddenBy {
      out.line(
        "  missing     an edge from \(CutText.event(edge.cause)) to \(CutText.event(edge.effect)): "
          + "with it, no run would pass this cut")
    }
    let cut = Words.shell("\(first.cut)")
    out.line("  next        " + asked.command("state", "--at \(cut)"))
    out.line(
      "              "
        + asked.command("minimise", "--to \(cut) \(Words.option("--invariant", finding.name))"))
  }

  private static func name(_ finding: Answers.RunsBisect.Finding) -> String {
    Words.plain(finding.name) + (finding.place.map { "  \($0)" } ?? "")
  }

  private static func guarantee(_ finding: Answers.RunsBisect.Finding) -> String {
    guard let method = finding.method else { return "none: it was not judged" }
    var text = finding.guarantee.uppercased() + ", \(method.rawValue)"
    if finding.cuts > 0 { text += ", \(Words.count(finding.cuts, "cut")) judged" }
    if let lookedAt = finding.lookedAt, let all = finding.of {
      text +=
        ", \(Words.number(lookedAt)) of \(Words.number(all)) "
        + (method == .levels ? "levels" : "intervals") + " looked at"
    }
    return text
  }
}

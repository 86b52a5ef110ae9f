import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// The answer to whether a machine refines an older one, for a terminal.
struct RefinementText {
  /// The most keys that are named.
  private static let keyLimit = 10

  let answer: Answers.Refinement
  let names: (old: String, new: String)
  let log: String

  /// Prints it, and throws the exit code that goes with it.
  func report(isJSON: Bool) throws {
    try answer.print(asJSON: isJSON) { text() }
    for failure in answer.comparison.failures.compactMap({ $0 }) { Output.note(failure) }
    if answer.refines { return }
    throw Failure(answer.broken ? .found : .inconclusive, "")
  }

  private func text() {
    let out = Output.standard
    let verdict =
      answer.refines
      ? "REFINES" : answer.broken ? "DOES NOT REFINE" : "REFINES, AS FAR AS BOTH RAN,"
    out.line("\(Words.plain(names.new))  \(out.bold(verdict))  \(Words.plain(names.old))")
    for name in answer.lost {
      out.line("lost       \(Words.plain(name)): only the older machine has this invariant")
    }
    for name in answer.added {
      out.line("added      \(Words.plain(name)): only the newer machine has this invariant")
    }
    for refused in answer.refused {
      out.line(
        "narrows    \(Words.plain(refused.type)): refused "
          + "\(Words.count(refused.count, "time")), first at offset "
          + Words.number(refused.first))
    }
    ComparisonText(answer: answer.comparison, names: (names.old, names.new))
      .text(leavingOut: Set(answer.lost + answer.added))
    if let minimal = answer.minimal { minimised(minimal) }
    rebuild()
    if let explored = answer.explored {
      out.line()
      ExploreText(answer: explored, machine: names.new, log: log, suggests: false).print()
    }
  }

  private func minimised(_ minimal: Answers.Minimise) {
    guard let kept = minimal.kept else { return }
    let out = Output.standard
    out.line()
    out.line(
      "\(Words.count(kept.count, "event")) of \(Words.number(minimal.considered ?? 0)) "
        + (kept.count == 1 ? "suffices" : "suffice") + " for that difference"
        + (minimal.progress == .complete ? "" : "; the time ran out before that was minimal"))
    for kept in kept { out.line("  " + EventText.line(kept.event)) }
  }

  private func rebuild() {
    let out = Output.standard
    out.line()
    let keys = answer.rebuild.keys
    let text =
      switch answer.rebuild.kind {
      case .nothing: "nothing; the states are the same at every cut of this log"
      case .from:
        "everything after cut \(Words.number(answer.rebuild.cut ?? 0)); up to there, the states are the same"
      case .keys:
        "the states of \(Words.count(keys.count, "key")): "
          + keys.prefix(Self.keyLimit).map { Words.key($0) }.joined(separator: ", ")
          + (keys.count > Self.keyLimit ? " …; all of them: --json" : "")
      case .all: "everything; the states differ from the beginning"
      }
    out.line("rebuild    \(text)")
  }
}

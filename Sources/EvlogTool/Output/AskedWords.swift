import EvlogCuts
import EvlogStore

/// What a verb was asked about, in words for a shell: the log, the machine, the edits and, of a group, the run.
struct AskedWords {
  let log: String
  let machine: String
  var edits = EditArguments()
  /// The cut of a group that was asked about. Offsets and cuts are those of an order that passes it, so the next
  /// question must be about the same order.
  var passing: CutArgument?

  /// Whether an edited past was asked about.
  var isEdited: Bool { !edits.isEmpty }

  /// Another verb about the same.
  func command(_ verb: String, _ arguments: String? = nil, key: String? = nil) -> String {
    var words = "\(EvlogTool.name) \(verb) \(Words.shell(log)) --machine \(Words.shell(machine))"
    for (option, value) in edits.arguments { words += " " + Words.option(option, value) }
    if let arguments { words += " " + arguments }
    if case .vector(let cut)? = passing, !Self.verbsAtCuts.contains(verb) {
      words += " --to " + Words.shell("\(cut)")
    }
    if let key { words += " " + Words.option("--key", key) }
    return words
  }

  /// Verbs that are given cuts, which say themselves where they are.
  private static let verbsAtCuts: Set = ["state", "diff", "blame"]

  /// A cut as the next question says it.
  func cut(_ cut: Cut) -> String {
    guard case .vector? = passing, let vector = CurrentGroup.vector(cut) else { return "\(cut)" }
    return Words.shell("\(vector)")
  }

  /// Another verb about an invariant.
  func command(_ verb: String, about invariant: String) -> String {
    command(verb, Words.option("--invariant", invariant))
  }
}

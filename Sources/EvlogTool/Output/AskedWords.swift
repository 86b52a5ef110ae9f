import EvlogReplay

/// What a verb was asked about, in words for a shell: the log, the machine and the edits.
struct AskedWords {
  let log: String
  let machine: String
  var edits = EditArguments()

  /// Whether an edited past was asked about.
  var isEdited: Bool { !edits.isEmpty }

  /// Another verb about the same.
  func command(_ verb: String, _ arguments: String? = nil, key: String? = nil) -> String {
    var words = "\(EvlogTool.name) \(verb) \(Words.shell(log)) --machine \(Words.shell(machine))"
    for (option, value) in edits.arguments { words += " " + Words.option(option, value) }
    if let arguments { words += " " + arguments }
    if let key { words += " " + Words.option("--key", key) }
    return words
  }

  /// Another verb about an invariant.
  func command(_ verb: String, about invariant: String) -> String {
    command(verb, Words.option("--invariant", invariant))
  }
}

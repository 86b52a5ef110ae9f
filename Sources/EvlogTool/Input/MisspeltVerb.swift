import ArgumentParser

/// A verb that there is not: which one was meant, and which there are.
enum MisspeltVerb {
  /// What is wrong with a command line whose verb is none; nil where it is one, or a flag.
  static func failure(_ arguments: [String]) -> Failure? {
    var words = arguments[...]
    if words.first == "help" { words.removeFirst() }
    var command: any ParsableCommand.Type = EvlogCommand.self
    var path = EvlogTool.name
    while let word = words.first, !word.hasPrefix("-"), word != "help" {
      let configuration = command.configuration
      // What is no verb may be an argument of a program's own one.
      if configuration.subcommands.isEmpty || configuration.defaultSubcommand != nil { return nil }
      guard let known = configuration.subcommands.first(where: { $0.isNamed(word) }) else {
        let shown = configuration.subcommands.filter { $0.configuration.shouldDisplay }
        return failure(word, path, shown.map { $0._commandName })
      }
      command = known
      path += " \(word)"
      words.removeFirst()
    }
    return nil
  }

  private static func failure(_ word: String, _ path: String, _ names: [String]) -> Failure {
    let likely = names.filter { isLike(word, $0) }
    let hint =
      likely.isEmpty
      ? "There are \(names.joined(separator: ", "))"
      : "Did you mean \(likely.map { "'\(path) \($0)'" }.joined(separator: " or "))"
    let end = likely.isEmpty ? "." : "?"
    return .usage(
      "There is no verb '\(Words.plain(word))'. \(hint)\(end) To see all: \(path) --help")
  }

  /// Whether one is the beginning of the other, or a slip of the keys away.
  private static func isLike(_ word: String, _ name: String) -> Bool {
    if word.count > 2, name.hasPrefix(word) { return true }
    return distance(Array(word.lowercased()), Array(name)) <= max(1, name.count / 4)
  }

  /// How many letters must be put in, left out, changed or swapped with the next: optimal string alignment.
  private static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let change = rows[i][j] + (a[i] == b[j] ? 0 : 1)
        var least = min(rows[i][j + 1] + 1, row[j] + 1, change)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, rows[i - 1][j - 1] + 1)
        }
        row.append(least)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}

extension ParsableCommand {
  fileprivate static func isNamed(_ word: String) -> Bool {
    _commandName == word || configuration.aliases.contains(word)
  }
}

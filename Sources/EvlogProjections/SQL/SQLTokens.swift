/// SQL in its smallest parts, without comments. It is enough to see which functions are called with what.
enum SQLToken: Hashable {
  /// A keyword or a name.
  case word(String)
  /// A name in quotes, which may be a text to SQLite as well.
  case name(String)
  case text(String)
  case other(Character)

  static func all(_ sql: String) -> [SQLToken] {
    let characters = Array(sql)
    var tokens: [SQLToken] = []
    var i = 0
    func has(_ character: Character, at place: Int) -> Bool {
      place < characters.count && characters[place] == character
    }
    while i < characters.count {
      let first = characters[i]
      switch first {
      case "-" where has("-", at: i + 1):
        while i < characters.count, !characters[i].isNewline { i += 1 }
      case "/" where has("*", at: i + 1):
        i += 2
        while i < characters.count, !(characters[i] == "*" && has("/", at: i + 1)) { i += 1 }
        i += 2
      case "'", "\"", "`", "[":
        let end: Character = first == "[" ? "]" : first
        var text = ""
        i += 1
        while i < characters.count {
          if characters[i] == end {
            guard end != "]", has(end, at: i + 1) else { break }
            i += 1
          }
          text.append(characters[i])
          i += 1
        }
        i += 1
        tokens.append(first == "'" ? .text(text) : .name(text))
      case _ where first.isLetter || first.isNumber || "_$:@".contains(first):
        var word = ""
        while i < characters.count,
          characters[i].isLetter || characters[i].isNumber || "_$:@".contains(characters[i])
        {
          word.append(characters[i])
          i += 1
        }
        tokens.append(.word(word))
      case _:
        if !first.isWhitespace { tokens.append(.other(first)) }
        i += 1
      }
    }
    return tokens
  }

  /// The date function that depends on something else than its arguments, and on what, where the SQL itself says
  /// so. What it is given at the time is seen then: see ``SteadyTime``.
  static func unsteadyTime(_ tokens: [SQLToken]) -> (function: String, reason: String)? {
    for (i, token) in tokens.enumerated().dropLast() where tokens[i + 1] == .other("(") {
      guard let name = token.function, SteadyTime.functions[name] != nil else { continue }
      let texts = arguments(tokens[(i + 2)...]).map { argument -> String? in
        guard argument.count == 1 else { return nil }
        switch argument[0] {
        case .text(let text), .name(let text): return text
        default: return nil
        }
      }
      if let reason = SteadyTime.unsteadiness(of: name, texts) { return (name, reason) }
    }
    return nil
  }

  /// The function or keyword of a column's default that is not the same each time.
  static func unsteady(_ tokens: [SQLToken], _ names: Set<String>) -> String? {
    for (i, token) in tokens.enumerated() {
      let isCall = i + 1 < tokens.count && tokens[i + 1] == .other("(")
      guard let name = token.function, names.contains(name) else { continue }
      if case .word = token, name.hasPrefix("current_") { return name }
      if isCall { return name }
    }
    return nil
  }

  private var function: String? {
    switch self {
    case .word(let name), .name(let name): name.lowercased()
    default: nil
    }
  }

  /// What is between commas, up to the parenthesis that closes.
  private static func arguments(_ tokens: ArraySlice<SQLToken>) -> [[SQLToken]] {
    var arguments: [[SQLToken]] = []
    var current: [SQLToken] = []
    var depth = 0
    for token in tokens {
      if depth == 0, token == .other(")") { break }
      if depth == 0, token == .other(",") {
        arguments.append(current)
        current = []
        continue
      }
      if token == .other("(") { depth += 1 }
      if token == .other(")") { depth -= 1 }
      current.append(token)
    }
    return arguments.isEmpty && current.isEmpty ? [] : arguments + [current]
  }
}

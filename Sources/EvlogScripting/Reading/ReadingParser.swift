#if JavaScript
  /// Reads the part of JavaScript in which nothing is changed but what a function has made itself.
  struct ReadingParser {
    /// What is not proven.
    struct Unproven: Error {}

    let tokens: [ScriptToken]
    var at: Int
    /// The names that mean something from outside of the function.
    private(set) var freeNames: Set<String> = []
    /// The names of the scopes that are open.
    private var scopes: [[String: Meaning]] = [[:]]
    private var depth = 0
    /// The name of a history's memory.
    private var memory: String?
    /// What happens to the memory: whether its contents are written to, and whether it, or the answer, may hold
    /// what belongs to other code. One of the two is harmless.
    var writesInMemory = false
    var mayKeepOthers = false

    /// What is known of a variable.
    struct Meaning {
      /// Whether what it names was made here, so that it may be changed. What that holds was not.
      var isOwn = false
      /// Whether it is no object.
      var isPlain = false
    }

    init(tokens: [ScriptToken], at start: Int = 0) {
      self.tokens = tokens
      at = start
    }

    /// A function, and nothing after it.
    mutating func parseWholeFunction(hasMemory: Bool) throws(Unproven) {
      guard isFunction || startsArrow else { throw Unproven() }
      if hasMemory {
        let place =
          kind == .name && !isFunction ? 0 : tokens.firstIndex { $0.text == "(" }.map { $0 + 1 }
        memory = place.flatMap {
          $0 < tokens.count && tokens[$0].kind == .name ? tokens[$0].text : nil
        }
      }
      _ = try parseAssignment()
      guard at == tokens.count, !(writesInMemory && mayKeepOthers) else { throw Unproven() }
    }

    /// A function, or the value of a constant; after it the statement is over.
    mutating func parseWholeConstant() throws(Unproven) {
      if isFunction { return try parseFunction() }
      _ = try parseAssignment()
      guard at < tokens.count else { return }
      guard isMark(";") || isMark(",") || tokens[at].isOnNewLine && kind == .name else {
        throw Unproven()
      }
    }

    // MARK: Tokens

    var text: String { at < tokens.count ? tokens[at].text : "" }
    var kind: ScriptToken.Kind? { at < tokens.count ? tokens[at].kind : nil }

    func isMark(_ mark: String) -> Bool { kind == .mark && text == mark }
    func isWord(_ word: String) -> Bool { kind == .name && text == word }

    mutating func take(_ text: String) -> Bool {
      guard self.text == text, kind == .mark || kind == .name else { return false }
      at += 1
      return true
    }

    mutating func expect(_ text: String) throws(Unproven) {
      guard take(text) else { throw Unproven() }
    }

    /// A name that is no word of the language.
    mutating func expectName() throws(Unproven) -> String {
      guard kind == .name, !Self.reserved.contains(text) else { throw Unproven() }
      defer { at += 1 }
      return text
    }

    static let reserved: Set<String> = [
      "await", "async", "break", "case", "catch", "class", "const", "continue", "debugger",
      "default",
      "delete", "do", "else", "enum", "export", "extends", "finally", "for", "function", "if",
      "import", "in", "instanceof", "let", "new", "return", "super", "switch", "this", "throw",
      "try",
      "typeof", "var", "void", "while", "with", "yield", "eval", "arguments", "globalThis",
    ]

    /// Recursion that a file can ask for.
    mutating func nested<T>(
      _ body: (inout ReadingParser) throws(Unproven) -> T
    ) throws(Unproven) -> T {
      guard depth < 200 else { throw Unproven() }
      depth += 1
      defer { depth -= 1 }
      return try body(&self)
    }

    // MARK: Names

    mutating func inScope(
      _ body: (inout ReadingParser) throws(Unproven) -> Void
    ) throws(Unproven) {
      scopes.append([:])
      defer { scopes.removeLast() }
      try nested(body)
    }

    mutating func declare(_ name: String, _ meaning: Meaning = Meaning()) {
      scopes[scopes.count - 1][name] = meaning
    }

    /// What is known of a variable of the function's own.
    func meaning(of name: String) -> Meaning? { scopes.last { $0[name] != nil }?[name] }

    func isLocal(_ name: String) -> Bool { meaning(of: name) != nil }

    /// Whether it is the memory of a history.
    func isMemory(_ name: String) -> Bool {
      name == memory && scopes.lastIndex { $0[name] != nil } == 1
    }

    mutating func use(_ name: String) {
      if !isLocal(name) { freeNames.insert(name) }
    }

    // MARK: Functions

    var isFunction: Bool { isWord("function") }

    /// Whether an arrow function begins here.
    var startsArrow: Bool {
      if kind == .name { return at + 1 < tokens.count && tokens[at + 1].text == "=>" }
      guard isMark("(") else { return false }
      var depth = 0
      for i in at..<tokens.count {
        switch tokens[i].text {
        case "(", "[", "{", "${": depth += 1
        case ")", "]", "}":
          depth -= 1
          if depth == 0 { return i + 1 < tokens.count && tokens[i + 1].text == "=>" }
        default: break
        }
      }
      return false
    }

    mutating func parseFunction() throws(Unproven) {
      try expect("function")
      var name: String?
      if kind == .name { name = try expectName() }
      try inScope { parser throws(Unproven) in
        if let name { parser.declare(name) }
        try parser.parseParameters()
        try parser.parseBlock()
      }
    }

    mutating func parseArrow() throws(Unproven) {
      try inScope { parser throws(Unproven) in
        if parser.isMark("(") {
          try parser.parseParameters()
        } else {
          parser.declare(try parser.expectName())
        }
        try parser.expect("=>")
        if parser.isMark("{") {
          try parser.parseBlock()
        } else {
          parser.answer(with: try parser.parseAssignment())
        }
      }
    }

    /// Takes note of what a function answers: a history may answer with a new memory.
    mutating func answer(with value: Operand) {
      if !value.isPlain { mayKeepOthers = true }
    }

    private mutating func parseParameters() throws(Unproven) {
      try expect("(")
      while !take(")") {
        _ = take("...")
        try parsePattern()
        if take("=") { _ = try parseAssignment() }
        if !isMark(")") { try expect(",") }
      }
    }

    /// Names that are bound.
    mutating func parsePattern() throws(Unproven) {
      if take("[") {
        while !take("]") {
          if take(",") { continue }
          _ = take("...")
          try nested { parser throws(Unproven) in try parser.parsePattern() }
          if take("=") { _ = try parseAssignment() }
          if !isMark("]") { try expect(",") }
        }
      } else if take("{") {
        while !take("}") {
          if take("...") {
            declare(try expectName())
          } else {
            guard kind == .name || kind == .string else { throw Unproven() }
            if at + 1 < tokens.count, tokens[at + 1].text == ":" {
              at += 2
              try nested { parser throws(Unproven) in try parser.parsePattern() }
            } else {
              declare(try expectName())
            }
          }
          if take("=") { _ = try parseAssignment() }
          if !isMark("}") { try expect(",") }
        }
      } else {
        declare(try expectName())
      }
    }
  }
#endif

#if JavaScript
  /// Proves from a function's source that the function only reads its arguments.
  ///
  /// Functions that judge states are mostly a few comparisons. A function with this proof gets the state
  /// itself; any other gets a view that refuses changes, which takes several times as long. What is not
  /// understood is not proven. The functions of the file that it calls must be proven as well.
  struct ReadingProof {
    /// The names of each file; nil for one that is not understood.
    private let files: [ScriptNames?]
    /// What was found of functions and constants of the file, by name; false while one is looked at.
    private var known: [String: Bool] = [:]

    /// For functions of some files. Which file a function is of is not known: a name is harmless if it is so in
    /// each file that declares it.
    init(files sources: [String]) {
      // What is not understood is not proven.
      files = sources.map { (try? ScriptTokenizer.tokens(of: $0)).map(ScriptNames.init) }
    }

    /// Whether the function only reads. `text` is what the engine says of it, nil where there is none. One with a
    /// memory, its first parameter, may write to that.
    mutating func onlyReads(_ text: String?, hasMemory: Bool = false) -> Bool {
      // What is not understood is not proven.
      guard let text, let tokens = try? ScriptTokenizer.tokens(of: text) else { return false }
      var parser = ReadingParser(tokens: tokens)
      do throws(ReadingParser.Unproven) {
        try parser.parseWholeFunction(hasMemory: hasMemory)
      } catch {
        return false
      }
      return areHarmless(parser.freeNames)
    }

    private mutating func areHarmless(_ names: Set<String>) -> Bool {
      for name in names where !isHarmless(name) { return false }
      return true
    }

    /// Whether what the file or the language calls by a name changes nothing.
    private mutating func isHarmless(_ name: String) -> Bool {
      // Of one that calls itself, the rest of it decides.
      if let found = known[name] { return found }
      var isDeclared = false
      for file in files {
        guard let file else { return false }
        guard file.declares(name) else { continue }
        isDeclared = true
        known[name] = true
        let isProven = isHarmless(name, in: file)
        known[name] = isProven
        if !isProven { return false }
      }
      return isDeclared || ReadingParser.names.contains(name)
    }

    private mutating func isHarmless(_ name: String, in file: ScriptNames) -> Bool {
      guard let start = file.start(of: name) else { return false }
      var parser = ReadingParser(tokens: file.tokens, at: start)
      do throws(ReadingParser.Unproven) { try parser.parseWholeConstant() } catch { return false }
      return areHarmless(parser.freeNames)
    }
  }

  /// What the names of a file are, as far as one can say without its scopes.
  struct ScriptNames {
    let tokens: [ScriptToken]
    /// How often a name is declared, and how often something is assigned to it.
    private var declared: [String: Int] = [:]
    private var assigned: [String: Int] = [:]
    private var parameters: Set<String> = []
    /// Where functions and constants begin that are in no other.
    private var starts: [String: Int] = [:]

    init(tokens: [ScriptToken]) {
      self.tokens = tokens
      var depth = 0
      for i in tokens.indices {
        switch tokens[i].text {
        case "(", "[", "${": depth += 1
        case "{":
          if text(i - 1) == ")" { noteParameters(before: i) }
          depth += 1
        case ")", "]", "}": depth -= 1
        case "const", "let", "var", "class", "function": note(declarationAt: i, depth)
        case "=>": noteParameters(before: i)
        default: break
        }
        if tokens[i].kind == .name,
          Self.assignments.contains(text(i + 1)) || text(i + 1) == "++"
            || text(i + 1) == "--" || text(i - 1) == "++" || text(i - 1) == "--", text(i - 1) != "."
        {
          assigned[tokens[i].text, default: 0] += 1
          if depth == 0, text(i - 1) == ",", text(i + 1) == "=" {
            declared[tokens[i].text, default: 0] += 1
            starts[tokens[i].text] = i + 2
          }
        }
      }
    }

    static let assignments: Set<String> = [
      "=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=",
      "||=",
      "??=",
    ]

    private func text(_ i: Int) -> String { tokens.indices.contains(i) ? tokens[i].text : "" }

    private mutating func note(declarationAt i: Int, _ depth: Int) {
      guard tokens[i].kind == .name, text(i - 1) != ".", i + 1 < tokens.count else { return }
      let next = tokens[i + 1]
      if next.kind == .name {
        declared[next.text, default: 0] += 1
        guard depth == 0 else { return }
        if tokens[i].text == "function" {
          starts[next.text] = i
        } else if text(i + 2) == "=" {
          starts[next.text] = i + 3
        }
      } else if next.text == "{" || next.text == "[", let end = end(ofGroupAt: i + 1) {
        for token in tokens[(i + 1)..<end] where token.kind == .name {
          declared[token.text, default: 0] += 1
        }
      }
    }

    private func end(ofGroupAt start: Int) -> Int? {
      var depth = 0
      for i in start..<tokens.count {
        switch tokens[i].text {
        case "(", "[", "{", "${": depth += 1
        case ")", "]", "}":
          depth -= 1
          if depth == 0 { return i }
        default: break
        }
      }
      return nil
    }

    /// The names before an arrow or a body.
    private mutating func noteParameters(before i: Int) {
      guard i > 0 else { return }
      if tokens[i - 1].kind == .name { parameters.insert(tokens[i - 1].text) }
      guard text(i - 1) == ")" else { return }
      var (depth, place) = (0, i - 1)
      var names: Set<String> = []
      repeat {
        switch tokens[place].text {
        case ")", "]", "}": depth += 1
        case "(", "[", "{", "${": depth -= 1
        default: if tokens[place].kind == .name { names.insert(tokens[place].text) }
        }
        place -= 1
      } while depth > 0 && place >= 0
      // A condition has no parameters.
      if !["if", "while", "for", "switch", "with"].contains(text(place)) {
        parameters.formUnion(names)
      }
    }

    func declares(_ name: String) -> Bool {
      declared[name] != nil || parameters.contains(name) || assigned[name] != nil
    }

    /// Where a function or the value of a constant begins, if the name has one meaning only.
    func start(of name: String) -> Int? {
      guard declared[name] == 1, !parameters.contains(name), let start = starts[name] else {
        return nil
      }
      let isFunction = tokens[start].text == "function" && text(start + 1) == name
      return assigned[name, default: 0] == (isFunction ? 0 : 1) ? start : nil
    }
  }
#endif

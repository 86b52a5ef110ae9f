#if JavaScript
  extension ReadingParser {
    mutating func parseBlock() throws(Unproven) {
      try expect("{")
      try inScope { parser throws(Unproven) in
        while !parser.isMark("}") { try parser.parseStatement() }
      }
      try expect("}")
    }

    private mutating func parseStatement() throws(Unproven) {
      try nested { parser throws(Unproven) in try parser.parseOneStatement() }
    }

    private mutating func parseOneStatement() throws(Unproven) {
      guard at < tokens.count else { throw Unproven() }
      switch text {
      case "{" where kind == .mark: try parseBlock()
      case ";": at += 1
      case "const", "let", "var":
        try parseDeclarations()
        try endStatement()
      case "function":
        if at + 1 < tokens.count, tokens[at + 1].kind == .name { declare(tokens[at + 1].text) }
        try parseFunction()
      case "if":
        at += 1
        try parseCondition()
        try parseStatement()
        if isWord("else") {
          at += 1
          try parseStatement()
        }
      case "for": try parseFor()
      case "while":
        at += 1
        try parseCondition()
        try parseStatement()
      case "return", "throw":
        at += 1
        if !isMark(";"), !isMark("}"), at < tokens.count, !tokens[at].isOnNewLine {
          answer(with: try parseExpression())
        }
        try endStatement()
      case "break", "continue":
        at += 1
        try endStatement()
      default:
        _ = try parseExpression()
        try endStatement()
      }
    }

    private mutating func parseCondition() throws(Unproven) {
      try expect("(")
      _ = try parseExpression()
      try expect(")")
    }

    /// A statement ends with its mark, with the block, or with the line.
    private mutating func endStatement() throws(Unproven) {
      if take(";") || isMark("}") { return }
      guard at < tokens.count, tokens[at].isOnNewLine else { throw Unproven() }
    }

    private mutating func parseDeclarations() throws(Unproven) {
      let isConstant = isWord("const")
      at += 1
      repeat {
        let isOneName = kind == .name
        let name = text
        try parsePattern()
        if take("=") {
          let value = try parseAssignment()
          if isConstant, isOneName {
            declare(name, Meaning(isOwn: value.isOwn, isPlain: value.isPlain))
          }
        }
      } while take(",")
    }

    private mutating func parseFor() throws(Unproven) {
      try expect("for")
      try expect("(")
      try inScope { parser throws(Unproven) in
        if parser.isWord("const") || parser.isWord("let") || parser.isWord("var") {
          let start = parser.at
          parser.at += 1
          try parser.parsePattern()
          if parser.isWord("of") || parser.isWord("in") {
            parser.at += 1
            _ = try parser.parseExpression()
            try parser.expect(")")
            return try parser.parseStatement()
          }
          parser.at = start
          try parser.parseDeclarations()
        } else if !parser.isMark(";") {
          _ = try parser.parseExpression()
        }
        try parser.expect(";")
        if !parser.isMark(";") { _ = try parser.parseExpression() }
        try parser.expect(";")
        if !parser.isMark(")") { _ = try parser.parseExpression() }
        try parser.expect(")")
        try parser.parseStatement()
      }
    }
  }
#endif

#if JavaScript
  /// A token of JavaScript, as far as ``ReadingProof`` distinguishes tokens.
  struct ScriptToken: Equatable {
    enum Kind {
      case name, number, string, expression, mark
      /// What is around the texts of a template, and around the code in it.
      case templateStart, templateEnd, codeStart, codeEnd
    }

    let kind: Kind
    let text: String
    /// Where it stands in the bytes of the source.
    let range: Range<Int>
    /// Whether a line ends before it.
    let isOnNewLine: Bool
  }

  /// Divides JavaScript into tokens, or gives up: a proof needs no more than what is usual.
  struct ScriptTokenizer {
    /// What is not usual.
    struct Failure: Error {}

    private let bytes: [UInt8]
    private var at = 0
    private var isOnNewLine = false
    private var tokens: [ScriptToken] = []
    /// What is open: a mark, or the code in a template.
    private var open: [Open] = []

    private enum Open {
      case brace, bracket, code
      /// Whether what is in the parentheses is the condition of a statement.
      case parenthesis(isCondition: Bool)
    }

    static func tokens(of source: String) throws(Failure) -> [ScriptToken] {
      var tokenizer = ScriptTokenizer(bytes: Array(source.utf8))
      while try tokenizer.next() {}
      guard tokenizer.open.isEmpty else { throw Failure() }
      return tokenizer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ ahead: Int = 0) -> UInt8 {
      at + ahead < bytes.count ? bytes[at + ahead] : 0
    }

    private mutating func add(_ kind: ScriptToken.Kind, from start: Int) {
      let text = String(decoding: bytes[start..<at], as: UTF8.self)
      tokens.append(
        ScriptToken(kind: kind, text: text, range: start..<at, isOnNewLine: isOnNewLine))
      isOnNewLine = false
    }

    private mutating func next() throws(Failure) -> Bool {
      try skipSpace()
      guard at < bytes.count else { return false }
      let start = at
      switch byte() {
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        try skipString()
        add(.string, from: start)
      case UInt8(ascii: "`"):
        at += 1
        add(.templateStart, from: start)
        try skipTemplateText()
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        skipNumber()
        add(.number, from: start)
      case UInt8(ascii: ".") where (0x30...0x39).contains(byte(1)):
        skipNumber()
        add(.number, from: start)
      case UInt8(ascii: "/"):
        if try beginsExpression() {
          try skipExpression()
          add(.expression, from: start)
        } else {
          try addMark()
        }
      case let c where Self.isNamePart(c):
        while at < bytes.count, Self.isNamePart(byte()) { at += 1 }
        add(.name, from: start)
      default: try addMark()
      }
      return true
    }

    private static func isNamePart(_ c: UInt8) -> Bool {
      switch c {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"):
        true
      default: false
      }
    }

    private mutating func skipSpace() throws(Failure) {
      while at < bytes.count {
        switch byte() {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
          isOnNewLine = true
          at += 1
        case UInt8(ascii: " "), UInt8(ascii: "\t"): at += 1
        case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
          while at < bytes.count, byte() != UInt8(ascii: "\n"), byte() != UInt8(ascii: "\r") {
            try refuseLineSeparator()
            at += 1
          }
        case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
          at += 2
          while !(byte() == UInt8(ascii: "*") && byte(1) == UInt8(ascii: "/")) {
            guard at < bytes.count else { throw Failure() }
            if byte() == UInt8(ascii: "\n") { isOnNewLine = true }
            at += 1
          }
          at += 2
        default: return
        }
      }
    }

    /// Refuses U+2028 and U+2029, which end a line invisibly.
    private func refuseLineSeparator() throws(Failure) {
      if byte() == 0xE2, byte(1) == 0x80, byte(2) == 0xA8 || byte(2) == 0xA9 { throw Failure() }
    }

    private mutating func skipString() throws(Failure) {
      let quote = byte()
      at += 1
      while byte() != quote {
        guard at < bytes.count, byte() != UInt8(ascii: "\n") else { throw Failure() }
        at += byte() == UInt8(ascii: "\\") ? 2 : 1
      }
      at += 1
    }

    private mutating func skipNumber() {
      let isHex = byte(1) == UInt8(ascii: "x") || byte(1) == UInt8(ascii: "X")
      while Self.isNamePart(byte()) || byte() == UInt8(ascii: ".") {
        let hasExponent = !isHex && (byte() == UInt8(ascii: "e") || byte() == UInt8(ascii: "E"))
        at += 1
        if hasExponent, byte() == UInt8(ascii: "-") || byte() == UInt8(ascii: "+") { at += 1 }
      }
    }

    /// The text of a template, up to its end or to code.
    private mutating func skipTemplateText() throws(Failure) {
      while true {
        let start = at
        switch byte() {
        case _ where at >= bytes.count: throw Failure()
        case UInt8(ascii: "\\"): at += 2
        case UInt8(ascii: "`"):
          at += 1
          add(.templateEnd, from: start)
          return
        case UInt8(ascii: "$") where byte(1) == UInt8(ascii: "{"):
          at += 2
          add(.codeStart, from: start)
          open.append(.code)
          return
        default: at += 1
        }
      }
    }

    /// Whether a slash begins a regular expression.
    private func beginsExpression() throws(Failure) -> Bool {
      guard let last = tokens.last else { return true }
      switch last.kind {
      case .name: return Self.wordsBeforeOperands.contains(last.text)
      case .number, .string, .expression, .templateEnd: return false
      case .templateStart, .codeStart: return true
      case .codeEnd: return false
      case .mark:
        switch last.text {
        case ")": return lastParenthesisIsCondition
        case "]": return false
        case "}", "++", "--": throw Failure()
        default: return true
        }
      }
    }

    private static let wordsBeforeOperands: Set<String> = [
      "return", "typeof", "case", "in", "of", "delete", "void", "instanceof", "new", "throw",
      "else",
      "do", "await", "yield",
    ]

    private var lastParenthesisIsCondition = false

    private mutating func skipExpression() throws(Failure) {
      at += 1
      var isInClass = false
      while isInClass || byte() != UInt8(ascii: "/") {
        switch byte() {
        case _ where at >= bytes.count: throw Failure()
        case UInt8(ascii: "\n"): throw Failure()
        case UInt8(ascii: "\\"): at += 1
        case UInt8(ascii: "["): isInClass = true
        case UInt8(ascii: "]"): isInClass = false
        default: break
        }
        at += 1
      }
      at += 1
      while Self.isNamePart(byte()) { at += 1 }
    }

    private static let marks: [[UInt8]] = [
      ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==",
      "!=",
      "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
      "^=",
      "<<", ">>", "**", "{", "}", "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%",
      "&",
      "|", "^", "!", "~", "?", ":", "=", ".",
    ].map { (mark: String) in Array(mark.utf8) }

    private mutating func addMark() throws(Failure) {
      let start = at
      guard
        let mark = Self.marks.first(where: { mark in
          mark.indices.allSatisfy { byte($0) == mark[$0] }
            && !(mark == [0x3F, 0x2E] && (0x30...0x39).contains(byte(2)))
        })
      else { throw Failure() }
      at += mark.count
      switch mark {
      case [0x7B]: open.append(.brace)
      case [0x5B]: open.append(.bracket)
      case [0x28]:
        let word = tokens.last.map { $0.kind == .name ? $0.text : "" } ?? ""
        open.append(.parenthesis(isCondition: ["if", "while", "for", "with"].contains(word)))
      case [0x7D]:
        switch open.popLast() {
        case .brace: break
        case .code:
          add(.codeEnd, from: start)
          return try skipTemplateText()
        default: throw Failure()
        }
      case [0x5D]: guard case .bracket = open.popLast() else { throw Failure() }
      case [0x29]:
        guard case .parenthesis(let isCondition) = open.popLast() else { throw Failure() }
        lastParenthesisIsCondition = isCondition
      default: break
      }
      add(.mark, from: start)
    }
  }
#endif

#if JavaScript
  import EvlogCore
  public import EvlogMachine

  extension ScriptProgram {
    /// Machines that differ from this one in a single place of a handler, or of a function that only handlers use: an
    /// operator, a number, a truth value, a deletion, or a handler that does nothing.
    ///
    /// There are `limit` of them at most, evenly spread over the file.
    /// Throws `invalid` if the file cannot be divided into tokens, so that no text is taken for code.
    public func mutants(limit: Int) throws(MachineError) -> [Mutant] {
      let tokens: [ScriptToken]
      do throws(ScriptTokenizer.Failure) {
        tokens = try ScriptTokenizer.tokens(of: code.source)
      } catch {
        throw MachineError(
          .invalid, machine: descriptor.name, "No mutants can be made of this file",
          advice: """
            Put parentheses around what is before a '/' that follows '}', '++' or '--', so that it is no regular \
            expression, and write names in ASCII.
            """)
      }
      let all = ScriptMutations(tokens).found
      let count = min(limit, all.count)
      let lines = code.source.split(separator: "\n", omittingEmptySubsequences: false)
      let bytes = Array(code.source.utf8)
      return (0..<count).map { i in
        let mutation = all[i * all.count / count]
        let line = bytes[..<mutation.range.lowerBound].count { $0 == UInt8(ascii: "\n") }
        let change = Mutant.Change(
          line: line + 1, text: lines[line].trimmed,
          before: String(decoding: bytes[mutation.range], as: UTF8.self),
          after: mutation.text)
        let source = String(
          decoding: bytes[..<mutation.range.lowerBound] + Array(mutation.text.utf8)
            + bytes[mutation.range.upperBound...], as: UTF8.self)
        return Mutant(change) { [code] in
          try ScriptProgram(
            source: source, file: code.file, expression: code.expression, bounds: code.bounds)
        }
      }
    }
  }

  extension Substring {
    fileprivate var trimmed: String {
      let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let end = lastIndex(where: { !isSpace($0) }) else { return "" }
      return String(self[...end].drop(while: isSpace))
    }
  }

  /// The places of a machine's file where a small change makes another machine.
  struct ScriptMutations {
    struct Mutation: Equatable {
      /// In the bytes of the file.
      var range: Range<Int>
      var text: String
    }

    private let tokens: [ScriptToken]
    private(set) var found: [Mutation] = []

    private static let marks = [
      "+": "-", "-": "+", "*": "+", "+=": "-=", "-=": "+=", "++": "--", "--": "++", "<": "<=",
      "<=": "<", ">": ">=", ">=": ">", "===": "!==", "!==": "===", "==": "!=", "!=": "==",
      "&&": "||", "||": "&&",
    ]
    private static let words = ["true": "false", "false": "true", "delete": "void"]

    init(_ tokens: [ScriptToken]) {
      self.tokens = tokens
      let members = machineMembers()
      guard let on = members["on"] else { return }
      addEmptyHandlers(in: on)
      addChanges(in: on)
      let used = names(in: on)
      let usedElsewhere = members.filter { $0.key != "on" }.values.reduce(into: Set<String>()) {
        $0.formUnion(names(in: $1))
      }
      for (name, range) in functions() where used.contains(name) && !usedElsewhere.contains(name) {
        addChanges(in: range)
      }
      found.sort { ($0.range.lowerBound, $0.text) < ($1.range.lowerBound, $1.text) }
    }

    private func names(in range: Range<Int>) -> Set<String> {
      Set(tokens[range].filter { $0.kind == .name }.map(\.text))
    }

    /// The values of the members of the object that `machine` gets, by their names.
    private func machineMembers() -> [String: Range<Int>] {
      guard
        let call = tokens.indices.first(where: {
          tokens[$0].text == "machine" && text($0 + 1) == "("
        }),
        let open = tokens[call...].indices.first(where: { tokens[$0].text == "{" })
      else { return [:] }
      return Dictionary(members(ofObjectAt: open).map { ($0.name, $0.value) }) { first, _ in first }
    }

    private func text(_ i: Int) -> String { tokens.indices.contains(i) ? tokens[i].text : "" }

    private static let opening: Set<String> = ["(", "[", "{", "${"]
    private static let closing: Set<String> = [")", "]", "}"]

    /// The members of an object, as far as they are written `name: value`.
    private func members(ofObjectAt open: Int) -> [(name: String, value: Range<Int>)] {
      var members: [(name: String, value: Range<Int>)] = []
      var depth = 0
      var name: (text: String, start: Int)?
      for i in tokens.indices[open...] {
        let text = tokens[i].text
        let isEnd = depth == 1 && (text == "," || text == "}")
        if isEnd, let named = name, named.start < i {
          members.append((named.text, named.start..<i))
          name = nil
        }
        if tokens[i].kind != .string {
          if Self.opening.contains(text) { depth += 1 }
          if Self.closing.contains(text) { depth -= 1 }
        }
        if depth == 0 { break }
        if depth == 1, name == nil, text == ":", i > open + 1 { name = (tokens[i - 1].text, i + 1) }
      }
      return members
    }

    /// The functions of the file that are in no other, with their bodies.
    private func functions() -> [(name: String, range: Range<Int>)] {
      var functions: [(name: String, range: Range<Int>)] = []
      var depth = 0
      var open: (name: String, start: Int)?
      for i in tokens.indices where tokens[i].kind != .string {
        if depth == 0, tokens[i].text == "function", tokens.indices.contains(i + 1) {
          open = (tokens[i + 1].text, i)
        }
        if Self.opening.contains(tokens[i].text) { depth += 1 }
        if Self.closing.contains(tokens[i].text) { depth -= 1 }
        if depth == 0, tokens[i].text == "}", let function = open {
          functions.append((function.name, function.start..<i))
          open = nil
        }
      }
      return functions
    }

    private mutating func addEmptyHandlers(in on: Range<Int>) {
      guard text(on.lowerBound) == "{" else { return }
      for member in members(ofObjectAt: on.lowerBound) {
        let (first, last) = (tokens[member.value.lowerBound], tokens[member.value.upperBound - 1])
        found.append(
          Mutation(range: first.range.lowerBound..<last.range.upperBound, text: "() => {}"))
      }
    }

    private mutating func addChanges(in range: Range<Int>) {
      for i in range {
        let token = tokens[i]
        let changed: String? =
          switch token.kind {
          case .mark: Self.marks[token.text]
          case .name where text(i - 1) != "." && text(i + 1) != ":": Self.words[token.text]
          case .number: Int(token.text).map { "\($0 + 1)" }
          default: nil
          }
        if let changed { found.append(Mutation(range: token.range, text: changed)) }
      }
    }
  }
#endif

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
      let sources = code.files.all.map { ScriptSource($0) }
      var all: [(file: Int, mutation: ScriptMutations.Mutation)] = []
      for (i, source) in sources.enumerated() {
        let tokens: [ScriptToken]
        do throws(ScriptTokenizer.Failure) {
          tokens = try ScriptTokenizer.tokens(of: source.file.source)
        } catch {
          throw MachineError(
            .invalid, machine: descriptor.name,
            "No mutants can be made of the file \(source.file.name)",
            advice: """
              Put parentheses around what is before a '/' that follows '}', '++' or '--', so that it is no regular \
              expression, and write names in ASCII.
              """)
        }
        all += ScriptMutations(tokens).found.map { (i, $0) }
      }
      let count = min(limit, all.count)
      return (0..<count).map { i in
        let (file, mutation) = all[i * all.count / count]
        var code = code
        code.files.all[file].source = sources[file].source(with: mutation)
        return Mutant(sources[file].change(by: mutation, isOwn: file == 0)) { [code] in
          try ScriptProgram(code)
        }
      }
    }
  }

  /// A file whose code is changed in one place.
  private struct ScriptSource {
    let file: ScriptFile
    let bytes: [UInt8]
    let lines: [Substring]

    init(_ file: ScriptFile) {
      self.file = file
      bytes = Array(file.source.utf8)
      lines = file.source.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The file with a mutation.
    func source(with mutation: ScriptMutations.Mutation) -> String {
      String(
        decoding: bytes[..<mutation.range.lowerBound] + Array(mutation.text.utf8)
          + bytes[mutation.range.upperBound...], as: UTF8.self)
    }

    /// What it changes. The machine's own file needs no name.
    func change(by mutation: ScriptMutations.Mutation, isOwn: Bool) -> Mutant.Change {
      let line = bytes[..<mutation.range.lowerBound].count { $0 == UInt8(ascii: "\n") }
      return Mutant.Change(
        file: isOwn ? nil : file.name, line: line + 1, text: lines[line].trimmed,
        before: String(decoding: bytes[mutation.range], as: UTF8.self), after: mutation.text)
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
      let reducers = machineMembers()
      guard !reducers.on.isEmpty else { return }
      for on in reducers.on {
        addEmptyHandlers(in: on)
        addChanges(in: on)
      }
      let used = reducers.on.reduce(into: Set<String>()) { $0.formUnion(names(in: $1)) }
      let usedElsewhere = reducers.others.reduce(into: Set<String>()) {
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

    /// The values of the members of the object that `machine` gets, and of those of its parts: the handlers, and
    /// all others.
    private func machineMembers() -> (on: [Range<Int>], others: [Range<Int>]) {
      guard
        let call = tokens.indices.first(where: {
          tokens[$0].text == "machine" && text($0 + 1) == "("
        }),
        let open = tokens[call...].indices.first(where: { tokens[$0].text == "{" })
      else { return ([], []) }
      var (on, others, objects) = ([Range<Int>](), [Range<Int>](), [open])
      while let object = objects.popLast() {
        for member in members(ofObjectAt: object) {
          switch member.name {
          case "on": on.append(member.value)
          case "parts" where text(member.value.lowerBound) == "{":
            objects += members(ofObjectAt: member.value.lowerBound).map(\.value.lowerBound)
              .filter { text($0) == "{" }
          default: others.append(member.value)
          }
        }
      }
      return (on, others)
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

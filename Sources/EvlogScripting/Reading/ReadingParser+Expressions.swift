#if JavaScript
  extension ReadingParser {
    /// A value, as far as it matters.
    struct Operand {
      /// The variable that it is.
      var name: String?
      /// The variable that it is a member of, and the one where that is found.
      var holder: String?
      var root: String?
      /// Whether it was made here, so that it may be changed. What it holds was not.
      var isOwn = false
      /// Whether it is no object.
      var isPlain = false
      /// Whether it is an object or an array that was made without anything in it.
      var isEmpty = false
      /// Whether it names something from outside whose use is not yet known.
      var isPending = false
    }

    mutating func parseExpression() throws(Unproven) -> Operand {
      var value = try parseAssignment()
      while take(",") { value = try parseAssignment() }
      return value
    }

    mutating func parseAssignment() throws(Unproven) -> Operand {
      try nested { parser throws(Unproven) in try parser.parseOneAssignment() }
    }

    private mutating func parseOneAssignment() throws(Unproven) -> Operand {
      if startsArrow {
        guard !isWord("async") else { throw Unproven() }
        try parseArrow()
        return Operand()
      }
      var value = try parseUnary()
      if kind == .mark, ScriptNames.assignments.contains(text) {
        let isCounting = !["=", "&&=", "||=", "??="].contains(text)
        at += 1
        let new = try parseAssignment()
        try change(value, to: isCounting ? Operand(isPlain: true) : new)
        return Operand(isPlain: isCounting || new.isPlain)
      }
      while isBinary {
        let flows = ["&&", "||", "??"].contains(text)
        if flows { settle(value) }
        at += 1
        let other = try parseUnary()
        if flows || isMark("&&") || isMark("||") || isMark("??") { settle(other) }
        value = Operand(isPlain: !flows || value.isPlain && other.isPlain)
      }
      guard take("?") else {
        settle(value)
        return value
      }
      let first = try parseAssignment()
      try expect(":")
      let second = try parseAssignment()
      return Operand(isPlain: first.isPlain && second.isPlain)
    }

    /// What is compared or counted with is only read; what goes on must be known.
    private mutating func settle(_ value: Operand) {
      if value.isPending, let name = value.name { use(name) }
    }

    private var isBinary: Bool {
      if kind == .name { return text == "in" || text == "instanceof" }
      return kind == .mark && Self.binary.contains(text)
    }

    private static let binary: Set<String> = [
      "===", "!==", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "**", "&", "|", "^",
      "<<",
      ">>", ">>>", "&&", "||", "??",
    ]

    /// Only variables of the function's own, members of what it made, and a memory may be changed.
    private mutating func change(_ value: Operand, to new: Operand) throws(Unproven) {
      if let name = value.name {
        // A memory that is another from now on would not be known any more.
        guard isLocal(name), !isMemory(name) else { throw Unproven() }
      } else if let root = value.root, isMemory(root) {
        if value.holder != root { writesInMemory = true }
        if !new.isPlain && !new.isEmpty { mayKeepOthers = true }
      } else {
        guard let holder = value.holder, meaning(of: holder)?.isOwn == true else {
          throw Unproven()
        }
      }
    }

    private mutating func parseUnary() throws(Unproven) -> Operand {
      try nested { parser throws(Unproven) in try parser.parseOneUnary() }
    }

    private mutating func parseOneUnary() throws(Unproven) -> Operand {
      if kind == .mark, ["!", "-", "+", "~"].contains(text) {
        at += 1
        _ = try parseUnary()
        return Operand(isPlain: true)
      }
      if isWord("typeof") || isWord("void") {
        at += 1
        _ = try parseUnary()
        return Operand(isPlain: true)
      }
      if isWord("delete") {
        at += 1
        let value = try parseUnary()
        guard value.name == nil else { throw Unproven() }
        try change(value, to: Operand(isPlain: true))
        return Operand(isPlain: true)
      }
      if isMark("++") || isMark("--") {
        at += 1
        try change(try parseUnary(), to: Operand(isPlain: true))
        return Operand(isPlain: true)
      }
      let value = try parsePostfix()
      if isMark("++") || isMark("--"), !tokens[at].isOnNewLine {
        try change(value, to: Operand(isPlain: true))
        at += 1
        return Operand(isPlain: true)
      }
      return value
    }

    private mutating func parsePostfix() throws(Unproven) -> Operand {
      var value = try parsePrimary()
      while at < tokens.count {
        if isMark(".") || isMark("?.") {
          let isOptional = isMark("?.")
          at += 1
          if isOptional, isMark("[") || isMark("(") { continue }
          guard kind == .name else { throw Unproven() }
          let member = text
          at += 1
          if isMark("?."), at + 1 < tokens.count, tokens[at + 1].text == "(" { at += 1 }
          value = isMark("(") ? try parseCall(of: member, on: value) : try read(member, of: value)
        } else if take("[") {
          if let name = value.name { use(name) }
          _ = try parseExpression()
          try expect("]")
          // What is called by a name that is only known later may be anything.
          if isMark("(") || isMark("?.") && tokens[min(at + 1, tokens.count - 1)].text == "(" {
            throw Unproven()
          }
          value = Operand(holder: value.name, root: value.name ?? value.root)
        } else if isMark("(") {
          guard let name = value.name else { throw Unproven() }
          use(name)
          try parseArguments()
          value = Operand(isPlain: !isLocal(name) && Self.functions.contains(name))
        } else {
          guard kind != .templateStart else { throw Unproven() }
          return value
        }
      }
      return value
    }

    private mutating func read(_ member: String, of value: Operand) throws(Unproven) -> Operand {
      guard !Self.changing.contains(member), !Self.leading.contains(member) else {
        throw Unproven()
      }
      if let name = value.name { use(name) }
      return Operand(holder: value.name, root: value.name ?? value.root)
    }

    private mutating func parseCall(
      of method: String, on value: Operand
    ) throws(Unproven) -> Operand {
      if let name = value.name { use(name) }
      var isOwn = Self.making.contains(method)
      if Self.changing.contains(method) {
        guard value.isOwn else { throw Unproven() }
        isOwn = method == "sort" || method == "reverse"
      } else {
        guard Self.reading.contains(method) || isOwn else { throw Unproven() }
      }
      try parseArguments()
      return Operand(isOwn: isOwn, isPlain: Self.answering.contains(method))
    }

    private mutating func parseArguments() throws(Unproven) {
      try expect("(")
      while !take(")") {
        _ = take("...")
        _ = try parseAssignment()
        if !isMark(")") { try expect(",") }
      }
    }

    private mutating func parsePrimary() throws(Unproven) -> Operand {
      switch kind {
      case .number, .string, .expression:
        defer { at += 1 }
        return Operand(isPlain: kind != .expression)
      case .templateStart:
        try parseTemplate()
        return Operand(isPlain: true)
      case .name: return try parseWord()
      case .mark:
        switch text {
        case "(":
          at += 1
          let value = try parseExpression()
          try expect(")")
          return Operand(isOwn: value.isOwn, isPlain: value.isPlain, isEmpty: value.isEmpty)
        case "[":
          at += 1
          let isEmpty = isMark("]")
          while !take("]") {
            if take(",") { continue }
            _ = take("...")
            _ = try parseAssignment()
            if !isMark("]") { try expect(",") }
          }
          return Operand(isOwn: true, isEmpty: isEmpty)
        case "{":
          let isEmpty = at + 1 < tokens.count && tokens[at + 1].text == "}"
          try parseObject()
          return Operand(isOwn: true, isEmpty: isEmpty)
        default: throw Unproven()
        }
      default: throw Unproven()
      }
    }

    private mutating func parseTemplate() throws(Unproven) {
      at += 1
      while kind != .templateEnd {
        guard kind == .codeStart else { throw Unproven() }
        at += 1
        _ = try parseExpression()
        guard kind == .codeEnd else { throw Unproven() }
        at += 1
      }
      at += 1
    }

    private mutating func parseObject() throws(Unproven) {
      try expect("{")
      while !take("}") {
        if take("...") {
          _ = try parseAssignment()
        } else if take("[") {
          _ = try parseAssignment()
          try expect("]")
          try expect(":")
          _ = try parseAssignment()
        } else {
          guard kind == .name || kind == .string || kind == .number, !text.contains("__proto__")
          else {
            throw Unproven()
          }
          let name = text
          let isName = kind == .name && !Self.reserved.contains(name)
          at += 1
          if take(":") {
            _ = try parseAssignment()
          } else {
            guard isName, isMark(",") || isMark("}") else { throw Unproven() }
            use(name)
          }
        }
        if !isMark("}") { try expect(",") }
      }
    }

    private mutating func parseWord() throws(Unproven) -> Operand {
      switch text {
      case "true", "false", "null", "undefined", "NaN", "Infinity":
        guard !isLocal(text) else { throw Unproven() }
        at += 1
        return Operand(isPlain: true)
      case "function":
        try parseFunction()
        return Operand()
      case "new":
        at += 1
        guard ["Set", "Map", "Error", "TypeError", "RangeError"].contains(text), !isLocal(text)
        else {
          throw Unproven()
        }
        use(text)
        at += 1
        if isMark("(") { try parseArguments() }
        return Operand(isOwn: true)
      default:
        if let members = Self.namespaces[text], !isLocal(text), at + 2 < tokens.count,
          tokens[at + 1].text == ".", members.contains(tokens[at + 2].text)
        {
          use(text)
          let isMaking = Self.making.contains(tokens[at + 2].text)
          let isPlain = ["Math", "Number", "String", "BigInt"].contains(text)
          at += 3
          if isMark("(") { try parseArguments() }
          return Operand(isOwn: isMaking, isPlain: isPlain)
        }
        let name = try expectName()
        let meaning = meaning(of: name)
        // These have members that change things.
        guard meaning != nil || !Self.holders.contains(name) else { throw Unproven() }
        return Operand(
          name: name, isOwn: meaning?.isOwn ?? false, isPlain: meaning?.isPlain ?? false,
          isPending: meaning == nil)
      }
    }

    // MARK: The language's own

    /// What the language has that changes nothing.
    static let names = functions.union(holders)

    /// Functions whose answers are no objects.
    static let functions: Set<String> = [
      "Number", "String", "Boolean", "BigInt", "isNaN", "isFinite", "parseInt", "parseFloat",
    ]

    /// What is looked at where it is used, for some of its members change things.
    private static let holders: Set<String> = [
      "Object", "Array", "Math", "JSON", "Set", "Map", "Error", "TypeError", "RangeError",
    ]

    static let namespaces: [String: Set<String>] = [
      "Object": ["keys", "values", "entries", "fromEntries", "hasOwn", "is", "groupBy"],
      "Array": ["isArray", "from", "of"],
      "Number": [
        "isInteger", "isSafeInteger", "isFinite", "isNaN", "parseInt", "parseFloat",
        "MAX_SAFE_INTEGER", "MIN_SAFE_INTEGER", "EPSILON", "MAX_VALUE", "MIN_VALUE",
      ],
      "String": ["fromCharCode", "fromCodePoint"],
      "BigInt": ["asIntN", "asUintN"],
      "JSON": ["stringify", "parse"],
      "Math": [
        "abs", "ceil", "floor", "round", "trunc", "sign", "min", "max", "pow", "sqrt", "cbrt",
        "hypot",
        "log", "log2", "log10", "exp", "PI", "E",
      ],
    ]

    /// Methods that change nothing, whatever they are called on among what a state or an event may hold.
    static let reading: Set<String> = [
      "every", "some", "find", "findIndex", "findLast", "findLastIndex", "reduce", "reduceRight",
      "forEach", "includes", "indexOf", "lastIndexOf", "join", "at", "has", "get", "startsWith",
      "endsWith", "trim", "trimStart", "trimEnd", "padStart", "padEnd", "charAt", "charCodeAt",
      "codePointAt", "substring", "toLowerCase", "toUpperCase", "replace", "replaceAll", "repeat",
      "normalize", "test", "exec", "toFixed", "isWellFormed", "hasOwnProperty", "isSubsetOf",
      "isSupersetOf", "isDisjointFrom", "localeCompare", "random",
    ]

    /// Those whose answer is no object.
    static let answering: Set<String> = [
      "every", "some", "findIndex", "findLastIndex", "includes", "indexOf", "lastIndexOf", "join",
      "has",
      "startsWith", "endsWith", "test", "hasOwnProperty", "toFixed", "trim", "isSubsetOf",
      "isSupersetOf",
      "isDisjointFrom",
    ]

    /// Those whose answer is new, and may be changed.
    static let making: Set<String> = [
      "map", "filter", "slice", "concat", "flat", "flatMap", "split", "toSorted", "toReversed",
      "toSpliced", "with", "keys", "values", "entries", "fromEntries", "from", "of", "union",
      "intersection", "difference", "symmetricDifference", "groupBy",
    ]

    /// Those that change what they are called on.
    static let changing: Set<String> = [
      "push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin", "set",
      "add",
      "delete", "clear",
    ]

    /// What leads from data to the language.
    private static let leading: Set<String> = [
      "constructor", "prototype", "__proto__", "call", "apply", "bind",
    ]
  }
#endif

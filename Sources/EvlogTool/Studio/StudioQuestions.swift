#if Studio
  import EvlogCore
  import EvlogJSON
  import EvlogStudio

  /// The questions that the page asks of a verb: from what it wants to know to a command line.
  ///
  /// What a request gives are numbers, paths, names, edits and SQL. None of them is the name of a file, and no option
  /// that writes one is among these.
  struct StudioQuestions {
    let running: RunningOptions

    /// The arguments of a verb, and how it would be typed.
    func command(_ asked: StudioQuestion) throws -> StudioCommandLine {
      var line = try Line(asked)
      switch asked.question {
      case "bisect":
        try line.text("invariant")
        try line.cut("to")
        try line.text("runs")
        try line.number("limit", upTo: .max)
      case "why":
        try line.violation()
        try line.number("paths", upTo: 1000)
        try line.number("depth", upTo: 100)
      case "minimise":
        try line.violation()
        line.option("--seconds", "\(try line.value("seconds", upTo: 600) ?? 60)")
      case "blame":
        try line.cut("at", from: "cut")
        try line.text("key")
        if asked.parameters["history"] == .bool(true) { line.flag("--history") }
        try line.number("limit", upTo: 1_000_000)
        line.positional(try line.required("path"))
      case "what-if":
        try line.cut("to")
        guard line.hasEdits else { throw line.wrong("'edits' are missing.") }
      case "compare":
        guard let against = asked.against else {
          throw line.wrong("'against' must be another subject with a machine.")
        }
        line.option("--against", against)
        try line.cut("to")
      case "audit": try line.cut("to")
      case "map":
        try line.text("by")
        try line.cut("to")
        if asked.parameters["probe"] == .bool(true) { line.flag("--probe") }
      case "diff":
        try line.text("key")
        for name in ["from", "to"] { line.positional(try line.cutText(try line.required(name))) }
      default: throw line.wrong("There is no question '\(asked.question)'.")
      }
      return line.made(running)
    }

    /// A command line in the making.
    private struct Line {
      let asked: StudioQuestion
      private var options: [(name: String, value: String?)] = []
      private var positionals: [String] = []
      private(set) var hasEdits = false

      init(_ asked: StudioQuestion) throws {
        self.asked = asked
        try addEdits()
      }

      func wrong(_ message: String) -> StudioError { StudioError(400, message) }

      mutating func option(_ name: String, _ value: String) { options.append((name, value)) }
      mutating func flag(_ name: String) { options.append((name, nil)) }
      mutating func positional(_ value: String) { positionals.append(value) }

      /// A parameter as text; nil if it is absent.
      private func value(_ name: String) throws -> String? {
        switch asked.parameters[name] {
        case nil, .null?: nil
        case .string(let text)?: text
        case .number(let number)?: number.text
        default: throw wrong("'\(name)' must be a text or a number.")
        }
      }

      func required(_ name: String) throws -> String {
        guard let value = try value(name) else { throw wrong("'\(name)' is missing.") }
        return value
      }

      func value(_ name: String, upTo limit: UInt64) throws -> UInt64? {
        try value(name).map { text in
          guard let number = UInt64(text), number <= limit else {
            throw wrong("'\(name)' must be a number up to \(limit).")
          }
          return number
        }
      }

      mutating func number(_ name: String, upTo limit: UInt64) throws {
        if let number = try value(name, upTo: limit) { option("--\(name)", "\(number)") }
      }

      mutating func text(_ name: String) throws {
        if let text = try value(name) { option("--\(name)", text) }
      }

      func cutText(_ text: String) throws -> String {
        guard CutArgument(argument: text) != nil else { throw wrong("'\(text)' is not a cut.") }
        return text
      }

      mutating func cut(_ name: String, from parameter: String? = nil) throws {
        if let text = try value(parameter ?? name) { option("--\(name)", try cutText(text)) }
      }

      mutating func violation() throws {
        try text("invariant")
        try number("offset", upTo: .max)
        try cut("to")
      }

      private mutating func addEdits() throws {
        for edit in asked.parameters["edits"]?.arrayValue ?? [] {
          guard case .object(let object) = edit, object.members.count == 1,
            let member = object.members.first,
            ["drop", "replace", "insert", "swap"].contains(member.key)
          else {
            throw wrong("An edit is one of drop, replace, insert and swap.")
          }
          switch member.value {
          case .string(let text): option("--\(member.key)", text)
          case .number(let number): option("--\(member.key)", number.text)
          default: throw wrong("'\(member.key)' must be written as on the command line.")
          }
          hasEdits = true
        }
      }

      func made(_ running: RunningOptions) -> StudioCommandLine {
        let store = asked.log
        var arguments = [asked.question]
        var shown = "\(EvlogTool.name) \(asked.question) \(Words.shell(store))"
        var all = options
        if let machine = asked.machine { all.insert(("--machine", machine), at: 0) }
        for (name, value) in all {
          arguments.append(value.map { "\(name)=\($0)" } ?? name)
          shown += " " + (value.map { Words.option(name, $0) } ?? name)
        }
        for positional in positionals { shown += " " + Words.shell(positional) }
        // `diff` takes none of the machine's bounds.
        if asked.question != "diff" {
          arguments += [
            "--handler-seconds=\(running.handlerSeconds)", "--memory-mib=\(running.memoryMib)",
            "--workers=\(running.workers)",
          ]
        }
        if running.noSnapshots { arguments.append("--no-snapshots") }
        arguments += ["--", store] + positionals
        return StudioCommandLine(arguments: [StudioJob.flag] + arguments, shown: shown)
      }
    }
  }
#endif

#if JavaScript
  public import EvlogContracts
  import EvlogJSON
  public import EvlogMachine
  import EvlogCore
  public import SystemPackage

  /// A machine written in JavaScript, in one file, or in one and those that it uses.
  ///
  ///     machine("shop", 1, {
  ///       initial: { stock: {} },
  ///       on: { Counted: (s, e) => { s.stock[e.data.sku] = e.data.quantity } },
  ///       invariants: { "never oversell": always(s => Object.values(s.stock).every(n => n >= 0)) },
  ///     })
  public struct ScriptProgram: Program {
    /// The time and memory that the machine's code may use before it is stopped.
    public struct Bounds: Sendable {
      /// The processor time that one handler may use, in seconds: independent of what else runs. By default,
      /// 10.
      public var secondsPerHandler: Double = 10
      /// The additional memory that the process may use. By default, 2 GiB.
      public var memoryBytes: Int = 2 << 30

      public init() {}
    }

    /// A one-off condition on the state: an invariant that is not in the machine's file.
    public struct Expression: Sendable, Hashable, ExpressibleByStringLiteral {
      /// The condition, in JavaScript, over `state` or `s`.
      public var source: String
      /// The name of the invariant.
      public var name: String

      public init(_ source: String, name: String = "expression") {
        self.source = source
        self.name = name
      }

      public init(stringLiteral source: String) { self.init(source) }
    }

    /// Part of every script's fingerprint. It goes up when scripts see something else than before that
    /// neither they nor the sandbox's own code say, so that no earlier cache is taken for theirs.
    ///
    /// 2: `e.time` always has nine digits of fraction.
    static let hostVersion = 2

    public let descriptor: MachineDescriptor
    /// The event types that have a handler, as written.
    public let handledTypes: [String]
    public let ignoredTypes: [String]
    /// Whether it says how it stands for an older machine, and of which types it maps events or may refuse them.
    private let mapping: Declared.Mapping?
    /// Whether events may be given other types before they are handled.
    public let hasUpcasters: Bool
    /// What its `events` say; nil if it has none.
    public let contract: Contract?
    let code: Code

    /// Reads a machine's file, and those that it uses. Throws `invalid` with everything that is wrong with it.
    public init(file: FilePath, bounds: Bounds = Bounds()) throws {
      try self.init(Code(files: try ScriptFiles(file), bounds: bounds))
    }

    /// Makes a machine from its source; `file` is for messages.
    ///
    /// With `expression`, a condition on the state (`state`, or `s`), the machine gets one more state
    /// invariant.
    public init(
      source: String, file: String, expression: Expression? = nil, bounds: Bounds = Bounds()
    ) throws(MachineError) {
      try self.init(
        Code(
          files: ScriptFiles(source: source, name: file), expression: expression, bounds: bounds))
    }

    init(_ code: Code) throws(MachineError) {
      self.code = code
      let (host, answer) = try code.load()
      let declared = try code.declared(answer)
      try code.finish(host, machine: declared.name)
      handledTypes = declared.types
      ignoredTypes = declared.ignored
      hasUpcasters = declared.hasUpcasters
      mapping = declared.mapping
      contract = declared.contract
      var invariants = declared.invariants
      let expression = code.expression
      if let expression {
        invariants.append(InvariantDescriptor(name: expression.name, kind: .state, place: nil))
      }
      descriptor = MachineDescriptor(
        name: declared.name, version: declared.version, scope: declared.scope,
        code: code.digest,
        invariants: invariants,
        regions: declared.regions, eventTypes: declared.types.filter { $0 != "*" },
        logs: declared.logs, declaresExploration: declared.explores,
        hasSymmetry: declared.hasSymmetry,
        hasExpression: expression != nil)
    }

    /// The same machine with a one-off condition on its state.
    public func adding(expression: Expression) throws(MachineError) -> ScriptProgram {
      var code = code
      code.expression = expression
      return try ScriptProgram(code)
    }

    public var files: [String] { code.files.used.compactMap { $0.path?.string } }

    public var refines: (any RefinementMapping)? {
      mapping.map {
        ScriptRefinement(
          program: self, abstracts: $0.abstracts, types: Set($0.types), narrows: Set($0.narrows))
      }
    }

    public func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
      try makeScriptHost(setup)
    }

    func makeScriptHost(_ setup: HostSetup) throws(MachineError) -> ScriptHost {
      let (host, _) = try code.load()
      try code.finish(host, machine: descriptor.name)
      return try ScriptHost(context: host, machine: descriptor, setup)
    }

    public func makeExplorer(_ setup: ExplorerSetup) throws(MachineError) -> (any Explorer)? {
      let (script, _) = try code.load()
      try code.finish(script, machine: descriptor.name)
      let host = try ScriptHost(
        context: script, machine: descriptor, HostSetup(judged: setup.judged))
      return ScriptExplorer(host, setup)
    }
  }

  /// What a machine's file declares.
  struct Declared {
    var name: String
    var version: Int
    var scope: ScopeKind
    var types: [String]
    var ignored: [String]
    var hasUpcasters: Bool
    var invariants: [InvariantDescriptor]
    var regions: RegionDeclaration?
    var logs: [String]
    var mapping: Mapping?

    /// What the part `refines` says.
    struct Mapping {
      var abstracts: Bool
      var types: [String]
      var narrows: [String]
    }
    var contract: Contract?
    var explores: Bool
    var hasSymmetry: Bool
  }

  /// A machine's source, and how it is brought to life.
  struct Code: Sendable {
    var files: ScriptFiles
    var expression: ScriptProgram.Expression?
    var bounds = ScriptProgram.Bounds()

    /// The name of the machine's own file.
    private var file: String { files.own.name }

    /// What distinguishes the machine from others of its name and version.
    var digest: Digest {
      var text = "host \(ScriptProgram.hostVersion)\n\(Sandbox.source)\(files.own.source)"
      for file in files.used { text += "\0\(file.name)\0\(file.source)" }
      return Digest(of: Array(text.utf8))
    }

    /// Runs the file in a context of its own; with the sandbox's account of what the file declares.
    func load() throws(MachineError) -> (LoadedScript, declared: String) {
      let context: JavaScriptContext
      let host: LoadedScript
      do throws(JavaScriptContext.Exception) {
        context = try JavaScriptContext(
          bounds: .init(seconds: bounds.secondsPerHandler, bytes: bounds.memoryBytes), name: file)
        let sandbox = try unsafe context.evaluate(Sandbox.source, file: Sandbox.file)
        host = try unsafe LoadedScript(context, sandbox)
      } catch {
        throw MachineError(.invalid, machine: file, "The sandbox does not start: \(error.message)")
      }
      context.disableEval()
      for file in files.all { try host.refuseAsyncCode(in: file.source, file: file.name) }
      do throws(JavaScriptContext.Exception) {
        for file in files.all { try host.guardExpressions(in: file.source) }
        try host.offer(files)
        _ = try unsafe context.evaluate(files.own.source, file: file)
      } catch {
        throw MachineError(
          error.kind ?? .invalid, machine: file, error.message,
          place: error.line.map { SourcePosition(file: error.file ?? file, line: $0) })
      }
      do throws(JavaScriptContext.Exception) { return (host, try host.call("check")) } catch {
        throw MachineError(error.kind ?? .invalid, machine: file, error.message)
      }
    }

    /// Makes the machine ready for its first event.
    func finish(_ host: LoadedScript, machine: String) throws(MachineError) {
      if let expression { try host.add(expression: expression, machine: machine) }
      do throws(JavaScriptContext.Exception) {
        try host.proveReading(in: files.all.map(\.source))
        _ = try host.call("reset")
      } catch {
        throw MachineError(.invalid, machine: machine, error.message)
      }
    }

    func declared(_ text: String) throws(MachineError) -> Declared {
      let answer: JSONValue
      do { answer = try JSONParser.parse(text) } catch {
        throw MachineError(.invalid, machine: file, "\(error)")
      }
      let wrong = try texts(answer["wrong"])
      guard wrong.isEmpty else {
        throw MachineError(
          .invalid, machine: file, wrong.joined(separator: "\n  "),
          advice: .init("To see how a machine is written", .readGuide))
      }
      guard let name = answer["name"]?.stringValue,
        let version = answer["version"]?.integer(Int.self),
        let scope = answer["scope"]?.stringValue.flatMap(ScopeKind.init(rawValue:)),
        let invariants = answer["invariants"]?.arrayValue
      else { throw misfit(answer) }
      return Declared(
        name: name, version: version, scope: scope, types: try texts(answer["types"]),
        ignored: try texts(answer["ignored"]), hasUpcasters: answer["upcasts"] == .bool(true),
        invariants: try invariants.map { invariant throws(MachineError) in
          guard let name = invariant["name"]?.stringValue,
            let kind = invariant["kind"]?.stringValue.flatMap(
              InvariantDescriptor.Kind.init(rawValue:))
          else { throw misfit(invariant) }
          return InvariantDescriptor(
            name: name, kind: kind, place: place(ofInvariant: name),
            isFinal: invariant["isFinal"] == .bool(true), parts: try parts(invariant))
        }, regions: try regions(answer["regions"] ?? .null), logs: try texts(answer["logs"]),
        mapping: try mapping(answer["refines"] ?? .null),
        contract: try contract(answer["contract"] ?? .null),
        explores: answer["explores"] == .bool(true),
        hasSymmetry: answer["hasSymmetry"] == .bool(true))
    }

    private func contract(_ value: JSONValue) throws(MachineError) -> Contract? {
      guard let text = value.stringValue else { return nil }
      do { return try Contract(parsing: text) } catch {
        throw MachineError(
          .invalid, machine: file, "\(error)",
          advice: .init("To see how a machine is written", .readGuide))
      }
    }

    private func parts(_ invariant: JSONValue) throws(MachineError) -> LocalParts? {
      guard let logs = invariant["parts"], logs != .null else { return nil }
      let combination = invariant["combination"] ?? .null
      let most = combination["most"]?.integer(Int64.self)
      switch combination["kind"]?.stringValue {
      case "never": return LocalParts(try texts(logs), .never)
      case "atMost":
        guard let most = most.flatMap({ Int(exactly: $0) }) else { throw misfit(invariant) }
        return LocalParts(try texts(logs), .atMost(most))
      case "sumWithin":
        let least = combination["least"]?.integer(Int64.self) ?? .min
        return LocalParts(try texts(logs), .sum(least...(most ?? .max)))
      default: throw misfit(invariant)
      }
    }

    /// The sandbox says something of a file that it should not.
    private func misfit(_ answer: JSONValue?) -> MachineError {
      MachineError(
        .invalid, machine: file,
        "What the file declares does not fit: \((answer ?? .null).canonicalText.prefix(200))")
    }

    private func texts(_ answer: JSONValue?) throws(MachineError) -> [String] {
      guard let items = answer?.arrayValue else { throw misfit(answer) }
      return try items.map { item throws(MachineError) in
        guard let text = item.stringValue else { throw misfit(item) }
        return text
      }
    }

    private func mapping(_ value: JSONValue) throws(MachineError) -> Declared.Mapping? {
      if value == .null { return nil }
      return Declared.Mapping(
        abstracts: value["abstracts"] == .bool(true), types: try texts(value["types"]),
        narrows: try texts(value["narrows"]))
    }

    private func regions(_ value: JSONValue) throws(MachineError) -> RegionDeclaration? {
      if value == .null { return nil }
      guard case .object(let rows)? = value["moves"] else { throw misfit(value) }
      var moves: [String: [String: Move]] = [:]
      for row in rows.members {
        guard case .object(let cells) = row.value else { throw misfit(row.value) }
        for cell in cells.members {
          moves[row.key, default: [:]][cell.key] =
            switch cell.value {
            case .string("ignored"): .ignored
            case .string("forbidden"): .forbidden
            default: .allowed(to: try texts(cell.value))
            }
        }
      }
      // Names need not be given.
      let names = value["names"] ?? .null
      return RegionDeclaration(names: names == .null ? [] : try texts(names), moves: moves)
    }

    /// The line where the name of an invariant is written, if it is written as it is. What is before a colon may
    /// be the name of a part, whose own file has the rest.
    private func place(ofInvariant name: String) -> SourcePosition {
      for file in files.all {
        if let line = file.line(ofInvariant: name) {
          return SourcePosition(file: file.name, line: line)
        }
      }
      guard let colon = name.firstRange(of: ": ") else {
        return SourcePosition(file: file, line: 0)
      }
      return place(ofInvariant: String(name[colon.upperBound...]))
    }
  }

  extension ScriptFile {
    fileprivate func line(ofInvariant name: String) -> Int? {
      let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
      let start = lines.firstIndex { $0.contains("invariants") } ?? 0
      let forms = ["\"\(name)\"", "'\(name)'", "`\(name)`", "\(name):"]
      return lines.indices.dropFirst(start).first { i in forms.contains { lines[i].contains($0) } }
        .map { $0 + 1 }
    }
  }
#endif

#if JavaScript
  import CJavaScriptCore
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  /// A context in which the sandbox runs, and the sandbox's functions for the host.
  @safe final class LoadedScript {
    let context: JavaScriptContext
    /// The events that it is given, a batch at a time.
    var batch = EventBatch()
    private let host: JSValueRef?

    init(_ context: JavaScriptContext, _ sandbox: JSValueRef?) throws(JavaScriptContext.Exception) {
      self.context = context
      unsafe context.watchdog.run.watch(batch.numbers)
      // The sandbox counts events where the watchdog sees it.
      let progress = unsafe context.array(context.watchdog.run.progress, count: 2)
      let numbers = unsafe context.array(batch.numbers, count: EventBatch.numberCount)
      let slots = unsafe context.array(batch.slots, count: EventShapes.slotLimit)
      let byteLimit = unsafe context.value(Double(context.watchdog.bounds.bytes))
      unsafe host = try context.call(sandbox, [progress, numbers, slots, byteLimit])
      unsafe JSValueProtect(context.context, host)
    }

    deinit { unsafe JSValueUnprotect(context.context, host) }

    /// Calls a function with the events of the batch, and with arguments of its own.
    func callWithBatch(_ function: String, _ arguments: [Argument])
      throws(JavaScriptContext.Exception) -> String
    {
      if let functions = batch.newFunctions {
        let made = try unsafe context.evaluate(functions, file: Sandbox.file)
        _ = try unsafe context.call(context.property("addShapes", of: host), [made])
        batch.tellFunctions()
      }
      batch.tell()
      return try call(function, [.batch, .flag(batch.forgets)] + arguments)
    }

    func call(_ function: String, _ arguments: [Argument] = [])
      throws(JavaScriptContext.Exception) -> String
    {
      let values = unsafe arguments.map { argument in
        let value =
          switch argument {
          case .batch: unsafe context.value(batch.text)
          case .text(let text): unsafe context.value(text)
          case .number(let number): unsafe context.value(number)
          case .flag(let flag): unsafe context.value(flag)
          }
        // The garbage collector does not see references outside the stack.
        unsafe JSValueProtect(context.context, value)
        return unsafe value
      }
      defer { unsafe values.forEach { unsafe JSValueUnprotect(context.context, $0) } }
      let result = try unsafe context.call(context.property(function, of: host), values)
      // What the sandbox answers is JSON that it has made itself.
      return unsafe context.wellFormedString(result) ?? ""
    }

    enum Argument {
      /// The text of the batch.
      case batch
      case text(String)
      case number(Double)
      case flag(Bool)
    }

    /// Throws where some code would go on when its event is over.
    func refuseAsyncCode(in source: String, file: String) throws(MachineError) {
      try AsyncCode.refuse(in: source, file: file, syntaxError: context.syntaxError)
    }

    /// Lets the machine's file use others.
    func offer(_ files: ScriptFiles) throws(JavaScriptContext.Exception) {
      for file in files.used {
        let make = try unsafe context.evaluate(
          "(function (machine, use) {\(file.source)\n})", file: file.name)
        let links = unsafe [
          context.value(file.name), make, context.value(Self.links(of: file)),
        ]
        _ = try unsafe context.call(context.property("addFile", of: host), links)
      }
      for (name, reason) in files.problems {
        _ = try call("addProblem", [.text(name), .text(reason)])
      }
      _ = try call("link", [.text(Self.links(of: files.own))])
    }

    private static func links(of file: ScriptFile) -> String {
      JSONValue.object(
        JSONObject(file.uses.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
      ).canonicalText
    }

    /// Has regular expressions asked twice, if there is one in a source on which the engine may give up: one
    /// that repeats a group.
    func guardExpressions(in source: String) throws(JavaScriptContext.Exception) {
      let bytes = Array(source.utf8)
      let repeats = bytes.indices.dropLast(2).contains { i in
        guard bytes[i] == UInt8(ascii: ")") else { return false }
        switch bytes[i + 1] {
        case UInt8(ascii: "*"), UInt8(ascii: "+"): return true
        case UInt8(ascii: "{"): return (0x30...0x39).contains(bytes[i + 2])
        default: return false
        }
      }
      if repeats { _ = try call("guardExpressions") }
    }

    /// Lets what is proven only to look have the state itself.
    func proveReading(in sources: [String]) throws(JavaScriptContext.Exception) {
      let text = try call("judges")
      // It is a text of the sandbox's own making; one that is no JSON is an error like any other.
      guard let judges = JSONValue(validating: text), let list = judges["invariants"]?.arrayValue,
        let partKeys = judges["partKeys"]?.arrayValue, let regions = judges["regions"]?.arrayValue
      else {
        throw JavaScriptContext.Exception(
          message: "The script's answer about its invariants does not fit: \(text.prefix(200))")
      }
      var proof = ReadingProof(files: sources)
      let invariants = list.map { judge in
        let hasMemory = judge["hasMemory"] == .bool(true)
        let isProven = judge["texts"]?.arrayValue?.allSatisfy {
          proof.onlyReads($0.stringValue, hasMemory: hasMemory)
        }
        return JSONValue.bool(isProven == true)
      }
      let found = JSONObject([
        ("invariants", .array(invariants)),
        ("key", .bool(proof.onlyReads(judges["key"]?.stringValue))),
        ("partKeys", .array(partKeys.map { .bool(proof.onlyReads($0.stringValue)) })),
        ("region", .bool(regions.allSatisfy { proof.onlyReads($0.stringValue) })),
      ])
      _ = try call("onlyLook", [.text(JSONValue.object(found).canonicalText)])
    }

    /// Adds a condition over the state as one more invariant.
    func add(expression: ScriptProgram.Expression, machine: String) throws(MachineError) {
      let name = JSONValue.string(expression.name).canonicalText
      let test = "(state) => { const s = state; return (\n\(expression.source)\n) }"
      let source = "({ name: \(name), test: \(test) })"
      try refuseAsyncCode(in: source, file: expression.name)
      do throws(JavaScriptContext.Exception) {
        try guardExpressions(in: source)
        let named = try unsafe context.evaluate(source, file: expression.name)
        _ = try unsafe context.call(context.property("expression", of: host), [named])
      } catch {
        throw MachineError(
          .invalid, machine: machine, "The expression is not JavaScript: \(error.message)",
          handler: expression.name,
          advice: .init("It is a condition over the state, as in", .writeCondition))
      }
    }
  }
#endif

#if JavaScript
  import CJavaScriptCore
  import EventLog
  import Replay

  /// A context in which the sandbox runs, and the sandbox's functions for the host.
  @safe final class LoadedScript {
    let context: JavaScriptContext
    /// The events that it is given, a batch at a time.
    var batch = EventBatch()
    private let host: JSValueRef?

    init(_ context: JavaScriptContext, _ sandbox: JSValueRef?) throws(JavaScriptContext.Exception) {
      self.context = context
      // The sandbox counts events where the watchdog sees it.
      let progress = unsafe context.array(context.watchdog.progress, count: 2)
      let numbers = unsafe context.array(batch.numbers, count: EventBatch.numberCount)
      let slots = unsafe context.array(batch.slots, count: EventShapes.slotLimit)
      unsafe host = try context.call(sandbox, [progress, numbers, slots])
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
        // Whatever is not on the stack is nobody's for the garbage collector.
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

    /// Adds a condition over the state as one more invariant.
    func add(expression: String, machine: String) throws(MachineError) {
      do throws(JavaScriptContext.Exception) {
        let source = "((state) => { const s = state; return (\n\(expression)\n) })"
        let function = try unsafe context.evaluate(source, file: "--expr")
        _ = try unsafe context.call(context.property("expression", of: host), [function])
      } catch {
        throw MachineError(
          .invalid, machine: machine, "The expression is not JavaScript: \(error.message)",
          handler: "--expr",
          advice: "It is a condition over the state, as in: --expr 'state.total >= 0'.")
      }
    }
  }
#endif

#if JavaScript
  import CJavaScriptCore
  import EventLog
  import Replay

  /// A context in which the sandbox runs, and the sandbox's functions for the host.
  @safe final class LoadedScript {
    let context: JavaScriptContext
    /// The events that it is given, a batch at a time.
    let batch = EventBatch()
    private let host: JSValueRef?

    init(_ context: JavaScriptContext, _ sandbox: JSValueRef?) throws(JavaScriptContext.Exception) {
      self.context = context
      // The sandbox counts events where the watchdog sees it.
      let progress = unsafe context.array(context.watchdog.progress, count: 2)
      let numbers = unsafe context.array(batch.numbers, count: EventBatch.limit * EventBatch.fields)
      unsafe host = try context.call(sandbox, [progress, numbers])
      unsafe JSValueProtect(context.context, host)
    }

    deinit { unsafe JSValueUnprotect(context.context, host) }

    /// Calls a function with some events, and with arguments of its own.
    func call(
      _ function: String, with events: ArraySlice<RecordedEvent>, _ arguments: [Argument]
    ) throws(JavaScriptContext.Exception) -> String {
      batch.fill(events)
      return try call(function, [.json(batch.text), .flag(batch.forgets)] + arguments)
    }

    func call(_ function: String, _ arguments: [Argument] = [])
      throws(JavaScriptContext.Exception) -> String
    {
      let values = unsafe arguments.map { argument in
        switch argument {
        case .text(let text): unsafe context.value(text)
        case .json(let bytes): unsafe context.value(utf8: bytes)
        case .number(let number): unsafe context.value(number)
        case .flag(let flag): unsafe context.value(flag)
        }
      }
      let result = try unsafe context.call(context.property(function, of: host), values)
      // What the sandbox answers is JSON that it has made itself.
      return unsafe context.wellFormedString(result) ?? ""
    }

    enum Argument {
      case text(String)
      /// A JSON text, in which every control character is escaped.
      case json([UInt8])
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

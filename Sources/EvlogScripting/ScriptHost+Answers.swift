#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  // The sandbox's answers, read strictly: one that does not fit is an error, and nothing of it is passed over.
  extension ScriptHost {
    /// The error of an answer that is something else than it should be.
    func misfit(_ function: String, _ answer: String) -> MachineError {
      MachineError(
        .threw, machine: machine.name,
        "The script's answer to '\(function)' does not fit: \(answer.prefix(200))", offset: offset)
    }

    func misfit(_ function: String, _ answer: JSONValue) -> MachineError {
      misfit(function, answer.canonicalText)
    }

    /// The event of the batch at which the script is, or was last.
    private var offset: Offset? {
      guard script.batch.count > 0 else { return nil }
      let i = unsafe Int(script.context.watchdog.run.progress[0])
      return script.batch.offset(min(i, script.batch.count - 1))
    }

    /// Reads an answer's text.
    func parse(answer text: String, to function: String) throws(MachineError) -> JSONValue {
      do { return try JSONParser.parse(text) } catch { throw misfit(function, text) }
    }

    /// A member that must be a list.
    func list(_ name: String, of answer: JSONValue, to function: String) throws(MachineError)
      -> [JSONValue]
    {
      guard let list = answer[name]?.arrayValue else { throw misfit(function, answer) }
      return list
    }

    /// A member that must be a list of texts.
    func texts(_ name: String, of answer: JSONValue, to function: String) throws(MachineError)
      -> [String]
    {
      try list(name, of: answer, to: function).map { item throws(MachineError) in
        guard let text = item.stringValue else { throw misfit(function, item) }
        return text
      }
    }

    /// A member that must be a whole number.
    func number<N: FixedWidthInteger>(
      _ name: String, of answer: JSONValue?, to function: String
    ) throws(MachineError) -> N {
      guard let number = answer?[name]?.integer(N.self) else {
        throw misfit(function, answer ?? .null)
      }
      return number
    }

    /// An item that must be a path of the state.
    func path(_ item: JSONValue, to function: String) throws(MachineError) -> StatePath {
      guard let path = StatePath(json: item) else { throw misfit(function, item) }
      return path
    }

    /// What the script says of itself, as a number.
    func count<N: FixedWidthInteger>(
      _ function: String, _ arguments: [LoadedScript.Argument] = []
    ) throws(MachineError) -> N {
      let text = try ask(function, arguments)
      guard let count = N(text) else { throw misfit(function, text) }
      return count
    }

    /// The same as JSON.
    func answer(_ function: String) throws(MachineError) -> JSONValue {
      try parse(answer: try ask(function), to: function)
    }

    /// Asks the script about what it has done; also one that was stopped, which still knows that.
    private func ask(_ function: String, _ arguments: [LoadedScript.Argument] = [])
      throws(MachineError) -> String
    {
      do throws(JavaScriptContext.Exception) { return try script.call(function, arguments) } catch {
        throw failure(error)
      }
    }
  }
#endif

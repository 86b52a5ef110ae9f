#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  /// Its states: shown, saved and restored.
  extension ScriptHost {
    var counts: HostCounts {
      get throws(MachineError) {
        let answer = try answer("counts")
        guard let numbers = answer.arrayValue, numbers.count == 3,
          let keys = numbers[0].integer(Int.self), let failed = numbers[1].integer(Int.self),
          let unconcerned = numbers[2].integer(UInt64.self)
        else { throw misfit("counts", answer) }
        return HostCounts(keys: keys, failed: failed, unconcerned: unconcerned)
      }
    }

    func failures() throws(MachineError) -> [KeyFailure] {
      let answer = try answer("failures")
      guard let list = answer.arrayValue else { throw misfit("failures", answer) }
      return try list.map { item throws(MachineError) in
        guard let key = item["key"]?.stringValue else { throw misfit("failures", item) }
        return KeyFailure(key: key, error: error(item))
      }
    }

    func evaluations(of key: String?) throws(MachineError) -> UInt64 {
      try count("count", [.text(key ?? "")])
    }

    /// Takes the value out of an answer, or throws what is wrong.
    func value(_ function: String, _ arguments: [LoadedScript.Argument])
      throws(MachineError) -> JSONValue
    {
      try value(of: try call(function, arguments), to: function)
    }

    /// Takes the value out of an answer's text, or throws what is wrong.
    func value(of text: String, to function: String) throws(MachineError) -> JSONValue {
      let answer = try parse(answer: text, to: function)
      if let reason = answer["notSavable"]?.stringValue {
        throw MachineError(
          .notSavable, machine: machine.name, reason,
          advice: "Put a copy in one of the places: {...object}.")
      }
      if let failure = answer["failure"] { throw error(failure) }
      if let wrong = answer["wrong"]?.stringValue {
        throw MachineError(.badState, machine: machine.name, wrong)
      }
      guard let value = answer["value"] else { throw misfit(function, answer) }
      return value
    }

    func parse(_ text: String) throws(MachineError) -> JSONValue {
      do { return try JSONParser.parse(text) } catch {
        throw MachineError(.badState, machine: machine.name, "The state: \(error)")
      }
    }

    /// A value that came as its text; nil for what is not there.
    func parse(textOf value: JSONValue) throws(MachineError) -> JSONValue? {
      try value.stringValue.map { text throws(MachineError) in try parse(text) }
    }

    func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
      let place = LoadedScript.Argument.text(path.json.canonicalText)
      return try parse(
        textOf: path.steps.isEmpty
          ? try value("state", [.text(key ?? "")]) : try value("value", [place, .text(key ?? "")]))
    }

    func states() throws(MachineError) -> JSONObject {
      let text = try value("states", [])
      guard case .object(let states)? = try parse(textOf: text) else {
        throw misfit("states", text)
      }
      return states
    }

    func assume(_ verdicts: [VerdictChange]) throws(MachineError) {
      let list: JSONValue = .array(
        verdicts.map {
          .array([.string($0.key ?? ""), .int($0.invariant), .int($0.verdict.rawValue)])
        })
      _ = try call("assume", [.text(list.canonicalText)])
    }

    func save() throws(MachineError) -> [UInt8] {
      let saved = try value("save", [])
      guard let text = saved.stringValue else { throw misfit("save", saved) }
      return Array(text.utf8)
    }

    func restore(_ saved: [UInt8]) throws(MachineError) {
      do throws(MachineError) {
        _ = try value("restore", [.text(String(decoding: saved, as: UTF8.self))])
      } catch {
        throw MachineError(.badSnapshot, machine: machine.name, error.message)
      }
    }
  }
#endif

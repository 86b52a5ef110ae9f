#if JavaScript
  import EventLog
  import Replay

  /// Its states: shown, saved and restored.
  extension ScriptHost {
    var counts: HostCounts {
      let numbers = (try? script.call("counts")).flatMap { try? JSONParser.parse($0) }?.arrayValue
      func number<T: FixedWidthInteger>(_ i: Int) -> T { numbers?[i].integer(T.self) ?? 0 }
      return HostCounts(keys: number(0), failed: number(1), unconcerned: number(2))
    }

    func failures() -> [KeyFailure] {
      guard let text = try? script.call("failures"), let list = try? JSONParser.parse(text) else {
        return []
      }
      return (list.arrayValue ?? []).compactMap { item in
        guard let key = item["key"]?.stringValue else { return nil }
        return KeyFailure(key: key, error: error(item))
      }
    }

    func evaluations(of key: String?) -> UInt64 {
      (try? script.call("count", [.text(key ?? "")])).flatMap { UInt64($0) } ?? 0
    }

    /// Takes the value out of an answer, or throws what is wrong.
    func value(_ function: String, _ arguments: [LoadedScript.Argument])
      throws(MachineError) -> JSONValue
    {
      let text = try call(function, arguments)
      guard let answer = try? JSONParser.parse(text) else {
        throw MachineError(.badState, machine: machine.name, "The state's text is malformed")
      }
      if let reason = answer["notSavable"]?.stringValue {
        throw MachineError(
          .notSavable, machine: machine.name, reason,
          advice: "Put a copy in one of the places: {...object}.")
      }
      if let failure = answer["failure"] { throw error(failure) }
      if let wrong = answer["wrong"]?.stringValue {
        throw MachineError(.badState, machine: machine.name, wrong)
      }
      return answer["value"] ?? .null
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
        return JSONObject()
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
      Array((try value("save", []).stringValue ?? "").utf8)
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

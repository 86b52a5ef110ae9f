#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  /// A run of a machine in JavaScript: the state stays inside, events go in by batches.
  final class ScriptHost: Host {
    let script: LoadedScript
    let machine: MachineDescriptor
    /// After the watchdog stopped it, the script is in no known state.
    private var stopped: MachineError?

    /// Of the streams, the part to which events must belong to be run; of other keys, the script finds out.
    private let streamPart: KeyPart?

    init(context: LoadedScript, machine: MachineDescriptor, _ setup: HostSetup)
      throws(MachineError)
    {
      script = context
      self.machine = machine
      streamPart = machine.scope == .stream ? setup.part : nil
      if let part = setup.part {
        let only = JSONValue.array(part.key.map { [.string($0)] } ?? [])
        _ = try call(
          "setPart",
          [.number(Double(part.index)), .number(Double(part.count)), .text(only.canonicalText)])
      }
      if setup.isolatesFailures { _ = try call("isolate", [.flag(true)]) }
      if let judged = setup.judged {
        let places = JSONValue.array(judged.sorted().map { .int($0) })
        _ = try call("judgeOnly", [.text(places.canonicalText)])
      }
    }

    func run(
      _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
      moment: (Moment) -> Void
    ) throws(MachineError) {
      switch watch {
      case .keys: try runSingly(events, moment)
      case .reads(let invariant):
        for event in events { moment(try observe(event, judging: invariant)) }
      case .paths(let paths, let key): try follow(paths, of: key, through: events, moment)
      case .states(let looks): try look(at: events, looks, verdict, moment)
      default:
        try forEachBatch(of: events) { () throws(MachineError) in
          try runBatch(watch, verdict, moment)
        }
      }
    }

    /// Of few events copies are gathered: a call into the script costs as much as several events.
    func takesBlock(of count: Int) -> Bool { count >= EventBatch.limit / 8 }

    func run(
      _ block: borrowing EventBlock, watching watch: Watch, verdict: (VerdictChange) -> Void
    ) throws(MachineError) {
      try forEachBatch(of: block) { () throws(MachineError) in
        try runBatch(watch, verdict) { _ in }
      }
    }

    private func runBatch(
      _ watch: Watch, _ change: (VerdictChange) -> Void, _ moment: (Moment) -> Void
    ) throws(MachineError) {
      switch watch {
      case .writes(let verdicts): return try traceBatch(verdicts, change, moment)
      case .regions(let counter): return try tallyBatch(by: counter.rule, into: &counter.tally)
      default: break
      }
      let checks = if case .verdicts = watch { true } else { false }
      do {
        try take(try callWithBatch("run", [.flag(checks)]), change)
      } catch {
        // What was found before the event at which it was stopped is known for all that.
        if stopped != nil, let answer = try? script.call("stopped") { try take(answer, change) }
        throw error
      }
    }

    private func forEachBatch(
      of events: ArraySlice<RecordedEvent>, _ body: () throws(MachineError) -> Void
    ) throws(MachineError) {
      var rest = events
      while !rest.isEmpty {
        let count = EventBatch.count(of: rest.count) {
          rest[rest.startIndex + $0].byteCount
        }
        script.batch.fill(rest.prefix(count), of: streamPart)
        if script.batch.count > 0 { try body() }
        rest = rest.dropFirst(count)
      }
    }

    private func forEachBatch(
      of block: borrowing EventBlock, _ body: () throws(MachineError) -> Void
    ) throws(MachineError) {
      var start = 0
      while start < block.count {
        let count = EventBatch.count(of: block.count - start) { block[start + $0].byteCount }
        script.batch.fill(block, start..<(start + count), of: streamPart)
        if script.batch.count > 0 { try body() }
        start += count
      }
    }

    /// Runs events one by one, and reports the key that each was reduced for.
    private func runSingly(_ events: ArraySlice<RecordedEvent>, _ moment: (Moment) -> Void)
      throws(MachineError)
    {
      for i in events.indices {
        try forEachBatch(of: events[i...i]) { () throws(MachineError) in
          try runBatch(.nothing, { _ in }, { _ in })
        }
        moment(self.moment(events[i].offset, try answer("lastKey")))
      }
    }

    /// `reduced`: the key of an event, as the sandbox says it; null or false where it was reduced for none.
    func moment(_ offset: Offset, _ reduced: JSONValue) -> Moment {
      Moment(
        offset: offset, key: machine.scope == .log ? nil : reduced.stringValue,
        isReduced: reduced != .null && reduced != .bool(false))
    }

    private func follow(
      _ paths: [StatePath], of key: String?, through events: ArraySlice<RecordedEvent>,
      _ moment: (Moment) -> Void
    ) throws(MachineError) {
      let places = [
        LoadedScript.Argument.text(JSONValue.array(paths.map(\.json)).canonicalText),
        .text(key ?? ""),
      ]
      var last: [JSONValue?] = []
      for path in paths { last.append(try value(at: path, of: key)) }
      try forEachBatch(of: events) { () throws(MachineError) in
        let answer = try parse(answer: try callWithBatch("follow", places), to: "follow")
        for item in try list("values", of: answer, to: "follow") {
          guard let parts = item.arrayValue, parts.count == 3,
            let place = parts[0].integer(Int.self), last.indices.contains(place),
            let offset = parts[1].integer(Cut.self)?.offsetBefore
          else { throw misfit("follow", item) }
          let new = try parse(textOf: parts[2])
          // The sandbox tells a BigInt from the same number; JSON does not.
          if new != last[place] {
            var seen = Moment(offset: offset, key: key, isReduced: true)
            seen.values = [(place, new)]
            moment(seen)
          }
          last[place] = new
        }
        if let failure = answer["failure"] { throw error(failure) }
      }
    }

    var watchesWrites: Bool { true }

    private func traceBatch(
      _ checks: Bool, _ change: (VerdictChange) -> Void, _ moment: (Moment) -> Void
    ) throws(MachineError) {
      let answer = try parse(answer: try callWithBatch("trace", [.flag(checks)]), to: "trace")
      for item in try list("traces", of: answer, to: "trace") {
        guard let seen = Moment(json: item, machine.scope) else { throw misfit("trace", item) }
        moment(seen)
      }
      try take(answer, change)
    }

    private func look(
      at events: ArraySlice<RecordedEvent>, _ counted: StateLooks,
      _ change: (VerdictChange) -> Void, _ moment: (Moment) -> Void
    ) throws(MachineError) {
      try forEachBatch(of: events) { () throws(MachineError) in
        let numbers = [
          Double(counted.passed), Double(counted.stride), Double(counted.widest),
          Double(StateLooks.bytesPerEvent), counted.closer.map { Double(UInt64($0.from)) } ?? -1,
          Double(counted.closer?.every ?? 1),
        ]
        let answer: JSONValue
        do throws(MachineError) {
          answer = try parse(
            answer: try callWithBatch("audit", numbers.map { .number($0) }), to: "audit")
        } catch {
          // What came of the events before the one at which it was stopped is known for all that.
          if stopped != nil, let text = try? script.call("stopped") {
            try tell(try parse(answer: text, to: "audit"), change, moment)
          }
          throw error
        }
        counted.take(
          passed: try number("passed", of: answer, to: "audit"),
          stride: try number("stride", of: answer, to: "audit"),
          widest: try number("widest", of: answer, to: "audit"))
        try tell(answer, change, moment)
      }
    }

    /// Reports the results of a batch's events, one after the other; then the failure, if there was one.
    private func tell(
      _ answer: JSONValue, _ change: (VerdictChange) -> Void, _ moment: (Moment) -> Void
    ) throws(MachineError) {
      var changes: [VerdictChange] = []
      let failure: MachineError?
      do throws(MachineError) {
        try take(answer) { changes.append($0) }
        failure = nil
      } catch { failure = error }
      var told = 0
      let reduced = try list("reduced", of: answer, to: "audit")
      for (i, look) in try list("looks", of: answer, to: "audit").enumerated() {
        guard i < min(script.batch.count, reduced.count),
          look == .null || look.integer(UInt64.self) != nil
        else { throw misfit("audit", look) }
        let offset = script.batch.offset(i)
        while told < changes.count, changes[told].cut <= offset.cutAfter {
          change(changes[told])
          told += 1
        }
        var seen = self.moment(offset, reduced[i])
        seen.stateNumber = look.integer(UInt64.self)
        moment(seen)
      }
      if let failure { throw failure }
    }

    private func observe(_ event: RecordedEvent, judging invariant: Int?) throws(MachineError)
      -> Moment
    {
      script.batch.fill([event])
      let answer = try parse(
        answer: try callWithBatch("observe", [.number(Double(invariant ?? -1))]), to: "observe")
      if let failure = answer["failure"] { throw error(failure) }
      func paths(_ name: String) throws(MachineError) -> [StatePath] {
        try list(name, of: answer, to: "observe").map { item throws(MachineError) in
          try path(item, to: "observe")
        }
      }
      var writes: [Write] = []
      for item in try list("writes", of: answer, to: "observe") {
        guard let parts = item.arrayValue, parts.count == 3 else { throw misfit("observe", item) }
        writes.append(
          Write(
            path: try path(parts[0], to: "observe"), old: try parse(textOf: parts[1]),
            new: try parse(textOf: parts[2])))
      }
      var looks = Looks(
        reads: try paths("reads"), judged: try paths("judged"),
        judgedBefore: try paths("judgedBefore"))
      looks.counted = try paths("counted")
      let leftOut = answer["leftOut"]
      looks.readsLeftOut = try number("reads", of: leftOut, to: "observe")
      looks.judgedLeftOut = try number("judgedBefore", of: leftOut, to: "observe")
      var seen = moment(event.offset, try self.answer("lastKey"))
      seen.writes = writes
      seen.writesLeftOut = try number("writes", of: leftOut, to: "observe")
      seen.looks = looks
      return seen
    }

    func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
      throws(MachineError) -> Attempt
    {
      let path: JSONValue = if case .value(let path) = rule { path.json } else { .null }
      let events = (witness.map { [$0] } ?? []) + [event]
      script.batch.fill(events[...])
      let answer = try parse(
        answer: try callWithBatch("attempt", [.text(path.canonicalText)]), to: "attempt")
      if let failure = answer["failure"] { throw error(failure) }
      func places(_ name: String) throws(MachineError) -> [Int] {
        try list(name, of: answer, to: "attempt").map { item throws(MachineError) in
          guard let place = item.integer(Int.self), machine.invariants.indices.contains(place)
          else {
            throw misfit("attempt", item)
          }
          return place
        }
      }
      guard let region = answer["region"]?.stringValue else { throw misfit("attempt", answer) }
      // An event that is ignored is not tried, so that nothing is said of a change.
      return Attempt(
        isChanged: answer["isChanged"] == .bool(true), region: region,
        broken: try places("broken"), undefined: try places("undefined"))
    }

    private func tallyBatch(by rule: RegionRule, into tally: inout RegionTally)
      throws(MachineError)
    {
      let path: JSONValue = if case .value(let path) = rule { path.json } else { .null }
      let answer = try parse(
        answer: try callWithBatch("tally", [.text(path.canonicalText)]), to: "tally")
      tally.ignored += try number("ignored", of: answer, to: "tally")
      tally.unconcerned += try number("unconcerned", of: answer, to: "tally")
      tally.afterFailure += try number("afterFailure", of: answer, to: "tally")
      let regions = try texts("regions", of: answer, to: "tally")
      let types = try texts("types", of: answer, to: "tally")
      for item in try list("moves", of: answer, to: "tally") {
        let numbers = (item.arrayValue ?? []).compactMap { $0.integer(UInt64.self) }
        guard numbers.count == 5, numbers[1] < types.count,
          max(numbers[2], numbers[3]) < regions.count
        else { throw misfit("tally", item) }
        tally.add(
          types[Int(numbers[1])], at: Offset(numbers[0]), from: regions[Int(numbers[2])],
          to: regions[Int(numbers[3])], hasChanged: numbers[4] == 1)
      }
      if let failure = answer["failure"] { throw error(failure) }
    }

    func judge(_ invariant: Int, of key: String?) throws(MachineError) -> Judgement {
      try judgement(
        try call("verdict", [.number(Double(invariant)), .text(key ?? "")]), of: "verdict")
    }

    private func judgement(_ text: String, of function: String) throws(MachineError) -> Judgement {
      let answer = try parse(answer: text, to: function)
      if let failure = answer["failure"] { throw error(failure) }
      guard let verdict = answer["verdict"]?.integer(UInt8.self).flatMap(Verdict.init(rawValue:))
      else { throw misfit(function, answer) }
      let value = answer["value"]?.stringValue
      let number = value.flatMap { Int64($0) }
      if value != nil, number == nil {
        return Judgement(.undefined, reason: "\(value ?? "") is beyond 64 bits")
      }
      return Judgement(verdict, reason: answer["reason"]?.stringValue, value: number)
    }

    func judge(_ invariant: Int, part: String?, on state: JSONValue) throws(MachineError)
      -> Judgement
    {
      let given: [LoadedScript.Argument] = [
        .number(Double(invariant)), .text(part ?? ""), .text(state.canonicalText),
      ]
      return try judgement(try call("verdictOn", given), of: "verdictOn")
    }

    /// The events that an older machine sees in the place of one, as the sandbox says it.
    func mapped(_ event: RecordedEvent) throws(MachineError) -> JSONValue {
      script.batch.fill([event], of: nil)
      return try value(of: try callWithBatch("mapped", []), to: "mapped")
    }

    /// Calls a function with the events of the batch.
    func callWithBatch(_ function: String, _ arguments: [LoadedScript.Argument])
      throws(MachineError) -> String
    {
      if let stopped { throw stopped }
      do throws(JavaScriptContext.Exception) {
        return try script.callWithBatch(function, arguments)
      } catch {
        var failure = failure(error)
        let i = unsafe Int(script.context.watchdog.run.progress[0])
        failure.offset = script.batch.offset(min(i, script.batch.count - 1))
        // What it was doing; a script that cannot say even that is stopped all the same.
        failure.handler = (try? script.call("stopped")).flatMap { JSONValue(validating: $0) }
          .flatMap { $0["doing"]?.stringValue }
        // To attempt something leaves the states as they were.
        if function != "attempt" { stopped = failure }
        throw failure
      }
    }

    func call(_ function: String, _ arguments: [LoadedScript.Argument])
      throws(MachineError) -> String
    {
      if let stopped { throw stopped }
      do throws(JavaScriptContext.Exception) {
        return try script.call(function, arguments)
      } catch {
        let failure = failure(error)
        if function == "restore" { stopped = failure }
        throw failure
      }
    }

    func failure(_ exception: JavaScriptContext.Exception) -> MachineError {
      guard let kind = exception.kind else {
        return MachineError(.threw, machine: machine.name, exception.message)
      }
      return MachineError(
        kind, machine: machine.name, "The machine was stopped: \(exception.message)",
        advice: .init(
          "Look for a loop that does not end, or for a state that grows without bound",
          .raiseBounds))
    }

    /// Passes the changes on, and throws the failure after them.
    func take(_ answer: String, _ change: (VerdictChange) -> Void) throws(MachineError) {
      try take(try parse(answer: answer, to: "run"), change)
    }

    private func take(_ answer: JSONValue, _ change: (VerdictChange) -> Void) throws(MachineError) {
      for item in try list("changes", of: answer, to: "run") {
        guard let parts = item.arrayValue, parts.count == 6,
          let invariant = parts[0].integer(Int.self),
          machine.invariants.indices.contains(invariant), let cut = parts[2].integer(Cut.self),
          let verdict = parts[3].integer(UInt8.self).flatMap(Verdict.init(rawValue:)),
          let evaluation = parts[4].integer(UInt64.self)
        else { throw misfit("run", item) }
        change(
          VerdictChange(
            invariant: invariant, key: parts[1].stringValue, cut: cut, verdict: verdict,
            evaluation: evaluation, reason: parts[5].stringValue))
      }
      if let failure = answer["failure"] { throw error(failure) }
    }

    func error(_ failure: JSONValue) -> MachineError {
      guard let kind = failure["kind"]?.stringValue.flatMap(MachineError.Kind.init(rawValue:)),
        let message = failure["message"]?.stringValue
      else { return misfit("failure", failure) }
      var error = MachineError(
        kind, machine: machine.name, message, handler: failure["handler"]?.stringValue,
        offset: failure["offset"]?.integer(Offset.self))
      switch kind {
      case .unknownType:
        error.message = "The event type '\(message)' is neither handled nor ignored"
        error.advice = "Add a handler to 'on', or '\(message)' to 'ignore'."
      case .undecodable:
        error.message = "The event's data cannot be read: \(message)"
      default:
        if let place = failure["place"], let file = place["file"]?.stringValue,
          let line = place["line"]?.integer(Int.self)
        {
          error.place = SourcePosition(file: file, line: line)
        }
        if message.contains("Can't find variable: Date") {
          error.advice = "There is no Date: the only clock is the event's, e.time."
        }
      }
      return error
    }
  }
#endif

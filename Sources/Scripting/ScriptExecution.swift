#if JavaScript
  import EventLog
  import Replay

  /// A run of a machine in JavaScript: the state stays inside, events go in by batches.
  final class ScriptExecution: Execution {
    let script: LoadedScript
    let machine: MachineDescriptor
    private let file: String
    /// After the watchdog stopped it, the script is in no known state.
    private var stopped: MachineError?

    init(context: LoadedScript, machine: MachineDescriptor, file: String) {
      script = context
      self.machine = machine
      self.file = file
    }

    var part: KeyPart? {
      didSet {
        let only = part?.key.map { JSONValue.array([.string($0)]) } ?? .array([])
        _ = try? script.call(
          "setPart",
          [
            .number(Double(part?.index ?? 0)), .number(Double(part?.count ?? 1)),
            .text(only.canonicalText),
          ])
      }
    }

    var isolatesFailures = false {
      didSet { _ = try? script.call("isolate", [.flag(isolatesFailures)]) }
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

    var failureCount: Int { (try? script.call("failureCount")).flatMap { Int($0) } ?? 0 }

    var unconcernedCount: UInt64 {
      (try? script.call("unconcernedCount")).flatMap { UInt64($0) } ?? 0
    }

    var keyCount: Int { (try? script.call("keyCount")).flatMap { Int($0) } ?? 0 }

    /// The part of the streams to which the events are bound to belong; of other keys, the script itself
    /// finds out which they are.
    private var streamPart: KeyPart? { machine.scope == .stream ? part : nil }

    func run(
      _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void
    ) throws(MachineError) {
      try forEachBatch(of: events) { () throws(MachineError) in try runBatch(checks, change) }
    }

    /// Of few events copies are gathered: a call into the script costs as much as several events.
    func takesBlock(of count: Int) -> Bool { count >= EventBatch.limit / 8 }

    func run(_ block: borrowing EventBlock, checks: Bool, change: (VerdictChange) -> Void)
      throws(MachineError)
    {
      try forEachBatch(of: block) { () throws(MachineError) in try runBatch(checks, change) }
    }

    private func runBatch(_ checks: Bool, _ change: (VerdictChange) -> Void) throws(MachineError) {
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

    func follow(
      _ paths: [StatePath], of key: String?, through events: ArraySlice<RecordedEvent>,
      change: (_ path: Int, _ cut: UInt64, JSONValue?) -> Void
    ) throws(MachineError) {
      let places = [
        LoadedScript.Argument.text(JSONValue.array(paths.map(\.json)).canonicalText),
        .text(key ?? ""),
      ]
      var last: [JSONValue?] = []
      for path in paths { last.append(try value(at: path, of: key)) }
      try forEachBatch(of: events) { () throws(MachineError) in
        let answer = try parse(try callWithBatch("follow", places))
        for item in answer["values"]?.arrayValue ?? [] {
          guard let parts = item.arrayValue, parts.count == 3,
            let place = parts[0].integer(Int.self), let cut = parts[1].integer(UInt64.self)
          else { continue }
          let new = try parse(textOf: parts[2])
          // The sandbox tells a BigInt from the same number; JSON does not.
          if new != last[place] { change(place, cut, new) }
          last[place] = new
        }
        if let failure = answer["failure"] { throw error(failure) }
      }
    }

    var tracesWrites: Bool { true }

    func trace(
      _ events: ArraySlice<RecordedEvent>, checks: Bool, change: (VerdictChange) -> Void,
      traced: (Trace) -> Void
    ) throws(MachineError) {
      try forEachBatch(of: events) { () throws(MachineError) in
        let answer = try parse(try callWithBatch("trace", [.flag(checks)]))
        for item in answer["traces"]?.arrayValue ?? [] {
          guard let trace = Trace(item.arrayValue ?? [], machine.scope) else { continue }
          traced(trace)
        }
        try take(answer, change)
      }
    }

    func audit(
      _ events: ArraySlice<RecordedEvent>, _ looks: inout StateLooks,
      change: (VerdictChange) -> Void, each: (_ offset: UInt64, _ look: UInt64?) -> Void
    ) throws(MachineError) {
      // The closure of a batch must not hold what it is given to change.
      var counted = looks
      defer { looks = counted }
      try forEachBatch(of: events) { () throws(MachineError) in
        let numbers = [
          Double(counted.passed), Double(counted.stride), Double(counted.widest),
          Double(StateLooks.bytesPerEvent), counted.closer.map { Double($0.from) } ?? -1,
          Double(counted.closer?.every ?? 1),
        ]
        let answer: JSONValue
        do throws(MachineError) {
          answer = try parse(try callWithBatch("audit", numbers.map { .number($0) }))
        } catch {
          // What came of the events before the one at which it was stopped is known for all that.
          if stopped != nil, let text = try? script.call("stopped") {
            try tell(try parse(text), change, each)
          }
          throw error
        }
        func count(_ name: String) -> UInt64 { answer[name]?.integer(UInt64.self) ?? 0 }
        counted.take(passed: count("passed"), stride: count("stride"), widest: count("widest"))
        try tell(answer, change, each)
      }
    }

    /// Tells what came of a batch's events, one after the other; then the failure, if there was one.
    private func tell(
      _ answer: JSONValue, _ change: (VerdictChange) -> Void, _ each: (UInt64, UInt64?) -> Void
    ) throws(MachineError) {
      var changes: [VerdictChange] = []
      let failure: MachineError?
      do throws(MachineError) {
        try take(answer) { changes.append($0) }
        failure = nil
      } catch { failure = error }
      var told = 0
      for (i, look) in (answer["looks"]?.arrayValue ?? []).enumerated() {
        let offset = script.batch.offset(i)
        while told < changes.count, changes[told].cut <= offset + 1 {
          change(changes[told])
          told += 1
        }
        each(offset, look.integer(UInt64.self))
      }
      if let failure { throw failure }
    }

    func observe(_ event: RecordedEvent, judging invariant: Int?) throws(MachineError)
      -> Observation
    {
      script.batch.fill([event])
      let answer = try parse(
        try callWithBatch("observe", [.number(Double(invariant ?? -1))]))
      if let failure = answer["failure"] { throw error(failure) }
      func paths(_ name: String) -> [StatePath] {
        (answer[name]?.arrayValue ?? []).map(StatePath.init(json:))
      }
      var writes: [Observation.Write] = []
      for item in answer["writes"]?.arrayValue ?? [] {
        guard let parts = item.arrayValue, parts.count == 3 else { continue }
        writes.append(
          Observation.Write(
            path: StatePath(json: parts[0]), old: try parse(textOf: parts[1]),
            new: try parse(textOf: parts[2])))
      }
      var observation = Observation(
        writes: writes, reads: paths("reads"), judged: paths("judged"),
        judgedBefore: paths("judgedBefore"))
      observation.counted = paths("counted")
      func leftOut(_ name: String) -> Int { answer["leftOut"]?[name]?.integer(Int.self) ?? 0 }
      observation.readsLeftOut = leftOut("reads")
      observation.writesLeftOut = leftOut("writes")
      observation.judgedLeftOut = leftOut("judgedBefore")
      return observation
    }

    func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
      throws(MachineError) -> Attempt
    {
      let path: JSONValue = if case .value(let path) = rule { path.json } else { .null }
      let events = (witness.map { [$0] } ?? []) + [event]
      script.batch.fill(events[...])
      let answer = try parse(try callWithBatch("attempt", [.text(path.canonicalText)]))
      if let failure = answer["failure"] { throw error(failure) }
      func places(_ name: String) -> [Int] {
        (answer[name]?.arrayValue ?? []).compactMap { $0.integer(Int.self) }
      }
      return Attempt(
        isChanged: answer["isChanged"] == .bool(true), region: answer["region"]?.stringValue ?? "",
        broken: places("broken"), undefined: places("undefined"))
    }

    /// A value that came as its text; nil for what is not there.
    func parse(textOf value: JSONValue) throws(MachineError) -> JSONValue? {
      try value.stringValue.map { text throws(MachineError) in try parse(text) }
    }

    func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
      let place = [LoadedScript.Argument.text(path.json.canonicalText), .text(key ?? "")]
      return try parse(textOf: try value("value", place))
    }

    func tally(
      _ events: ArraySlice<RecordedEvent>, by rule: RegionRule, into tally: inout RegionTally
    ) throws(MachineError) {
      try forEachBatch(of: events) { () throws(MachineError) in
        try tallyBatch(by: rule, into: &tally)
      }
    }

    func tally(_ block: borrowing EventBlock, by rule: RegionRule, into tally: inout RegionTally)
      throws(MachineError)
    {
      try forEachBatch(of: block) { () throws(MachineError) in
        try tallyBatch(by: rule, into: &tally)
      }
    }

    private func tallyBatch(by rule: RegionRule, into tally: inout RegionTally)
      throws(MachineError)
    {
      let path: JSONValue = if case .value(let path) = rule { path.json } else { .null }
      let answer = try parse(try callWithBatch("tally", [.text(path.canonicalText)]))
      tally.ignored += answer["ignored"]?.integer(UInt64.self) ?? 0
      tally.unconcerned += answer["unconcerned"]?.integer(UInt64.self) ?? 0
      tally.afterFailure += answer["afterFailure"]?.integer(UInt64.self) ?? 0
      let regions = (answer["regions"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
      let types = (answer["types"]?.arrayValue ?? []).map { $0.stringValue ?? "" }
      for item in answer["moves"]?.arrayValue ?? [] {
        let numbers = (item.arrayValue ?? []).compactMap { $0.integer(UInt64.self) }
        guard numbers.count == 5 else { continue }
        tally.add(
          types[Int(numbers[1])], at: numbers[0], from: regions[Int(numbers[2])],
          to: regions[Int(numbers[3])], hasChanged: numbers[4] == 1)
      }
      if let failure = answer["failure"] { throw error(failure) }
    }

    func judgeOnly(_ invariants: Set<Int>) throws(MachineError) {
      let places = JSONValue.array(invariants.sorted().map { .int($0) })
      _ = try call("judgeOnly", [.text(places.canonicalText)])
    }

    func judge(at cut: UInt64, change: (VerdictChange) -> Void) throws(MachineError) {
      try take(try call("judge", [.number(Double(cut))]), change)
    }

    func verdict(of invariant: Int, on key: String?) throws(MachineError) -> Verdict {
      let answer = try parse(
        try call("verdict", [.number(Double(invariant)), .text(key ?? "")]))
      if let failure = answer["failure"] { throw error(failure) }
      return answer["verdict"]?.integer(UInt8.self).flatMap(Verdict.init(rawValue:)) ?? .undefined
    }

    /// Calls a function with the events of the batch.
    private func callWithBatch(_ function: String, _ arguments: [LoadedScript.Argument])
      throws(MachineError) -> String
    {
      if let stopped { throw stopped }
      do throws(JavaScriptContext.Exception) {
        return try script.callWithBatch(function, arguments)
      } catch {
        var failure = failure(error)
        let i = unsafe Int(script.context.watchdog.run.progress[0])
        failure.offset = script.batch.offset(min(i, script.batch.count - 1))
        failure.handler = (try? script.call("stopped")).flatMap { try? JSONParser.parse($0) }
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

    private func failure(_ exception: JavaScriptContext.Exception) -> MachineError {
      guard let kind = exception.kind else {
        return MachineError(.threw, machine: machine.name, exception.message)
      }
      return MachineError(
        kind, machine: machine.name, "The machine was stopped: \(exception.message)",
        advice: "Look for a loop that does not end, or for a state that grows without bound; "
          + "the bounds are --handler-seconds and --memory-mib.")
    }

    /// Passes the changes on, and throws the failure after them.
    private func take(_ answer: String, _ change: (VerdictChange) -> Void) throws(MachineError) {
      guard let answer = try? JSONParser.parse(answer) else {
        throw MachineError(.threw, machine: machine.name, "The machine's answer is malformed")
      }
      try take(answer, change)
    }

    private func take(_ answer: JSONValue, _ change: (VerdictChange) -> Void) throws(MachineError) {
      for item in answer["changes"]?.arrayValue ?? [] {
        guard let parts = item.arrayValue, parts.count == 6,
          let invariant = parts[0].integer(Int.self), let cut = parts[2].integer(UInt64.self),
          let verdict = parts[3].integer(UInt8.self).flatMap(Verdict.init(rawValue:)),
          let evaluation = parts[4].integer(UInt64.self)
        else { continue }
        change(
          VerdictChange(
            invariant: invariant, key: parts[1].stringValue, cut: cut, verdict: verdict,
            evaluation: evaluation, reason: parts[5].stringValue))
      }
      if let failure = answer["failure"] { throw error(failure) }
    }

    func error(_ failure: JSONValue) -> MachineError {
      let kind = failure["kind"]?.stringValue.flatMap(MachineError.Kind.init(rawValue:)) ?? .threw
      let message = failure["message"]?.stringValue ?? ""
      var error = MachineError(
        kind, machine: machine.name, message, handler: failure["handler"]?.stringValue,
        offset: failure["offset"]?.integer(UInt64.self))
      switch kind {
      case .unknownType:
        error.message = "The event type '\(message)' is neither handled nor ignored"
        error.advice = "Add a handler to 'on', or '\(message)' to 'ignore'."
      case .undecodable:
        error.message = "The event's data cannot be read: \(message)"
      default:
        if let line = failure["line"]?.integer(Int.self) {
          error.place = SourcePlace(file: file, line: line)
        }
        if message.contains("Can't find variable: Date") {
          error.advice = "There is no Date: the only clock is the event's, e.time."
        }
      }
      return error
    }
  }
#endif

#if JavaScript
  import EvlogCore
  import EvlogJSON
  import EvlogMachine

  /// Explores a machine in JavaScript: many states go in as one text, and what their events lead to comes back as one.
  final class ScriptExplorer: Explorer {
    /// The text of a state or, with history invariants, of the state and their memories.
    typealias Node = [UInt8]

    private let host: ScriptHost
    private let setup: ExplorerSetup
    /// The stream of every event; nil where events say that.
    private let stream: String?
    private var isDrawn: Bool { setup.events != nil }

    init(_ host: ScriptHost, _ setup: ExplorerSetup) {
      self.host = host
      self.setup = setup
      stream = host.machine.scope == .stream ? setup.key : nil
    }

    func beginning() throws(MachineError) -> Beginning<Node> {
      if let saved = setup.saved { try host.restore(saved) }
      let answer = try host.value("beginning", [.text(setup.key ?? "")])
      guard let node = answer["node"]?.stringValue else { throw host.misfit("beginning", answer) }
      let issues = try host.list("verdicts", of: answer, to: "beginning").map {
        item throws(MachineError) in
        guard let parts = item.arrayValue, parts.count == 3,
          let invariant = parts[0].integer(Int.self)
        else { throw host.misfit("beginning", item) }
        return ExploredIssue(
          invariant: invariant, isViolated: parts[1].integer(Int.self) == 1,
          reason: parts[2].stringValue)
      }
      let shown = answer["shown"]?.stringValue ?? node
      return Beginning(Array(node.utf8), Digest(of: Array(shown.utf8)), issues: issues)
    }

    /// The events of the batch: all that are drawn or, where the machine gives them, one that is a model for them.
    private func fill(at offset: Offset) {
      let model = RecordedEvent(
        NewEvent(stream: stream ?? ExplorerSetup.stream, type: "", data: Array("{}".utf8)),
        offset: offset, revision: 0)
      let events = (setup.events ?? [model]).map { event in
        var event = event
        event.offset = offset
        event.revision = Revision(UInt64(offset))
        event.recordedAt = setup.time
        event.stream = stream ?? event.stream
        return event
      }
      host.script.batch.fill(events[...])
    }

    private func text(of nodes: ArraySlice<Node>) -> String {
      var text = [UInt8(ascii: "[")]
      for node in nodes {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        text += node
      }
      text.append(UInt8(ascii: "]"))
      return String(decoding: text, as: UTF8.self)
    }

    func expand(
      _ nodes: ArraySlice<Node>, at offset: Offset, isKnown: @escaping (Digest) -> Bool,
      into found: inout Expansion<Node>
    ) throws(MachineError) {
      fill(at: offset)
      let lines: String
      do throws(MachineError) {
        lines = try host.callWithBatch(
          "expand", [.flag(isDrawn), .text(text(of: nodes)), .flag(setup.reportsAll)])
      } catch {
        // A script that cannot say even this is stopped all the same.
        let said = (try? host.script.call("stopped")).flatMap { JSONValue(validating: $0) }
        if let place = Self.place(said?["trying"]) { found.trying = place }
        throw error
      }
      var reader = ExpansionLines(lines)
      while let kind = reader.next() {
        switch kind {
        case UInt8(ascii: "s"): _ = reader.step(into: &found)
        case UInt8(ascii: "a"):
          let place = reader.step(into: &found)
          let (node, digest) = reader.node()
          if isKnown(digest) {
            reader.skipsVerdicts = true
          } else {
            reader.skipsVerdicts = false
            found.arrivals.append(.init(place, digest, node))
          }
        case UInt8(ascii: "v"): found.stepIssues.append(try verdict(&reader))
        case UInt8(ascii: "w"):
          let issue = try verdict(&reader).issue
          if !reader.skipsVerdicts {
            found.stateIssues.append((found.arrivals.count - 1, issue))
          }
        case UInt8(ascii: "b"): found.beyondBound.append(Int32(reader.number()))
        case UInt8(ascii: "f"):
          let place = reader.place()
          let said = try json(&reader)
          guard let parts = said.arrayValue, parts.count == 2, let type = parts[0].stringValue
          else { throw host.misfit("expand", said) }
          found.failures.append((place, type, host.error(parts[1])))
        case UInt8(ascii: "n"):
          let names = try json(&reader)
          guard let lists = names.arrayValue, lists.count == 2 else {
            throw host.misfit("expand", names)
          }
          found.types = (lists[0].arrayValue ?? []).compactMap(\.stringValue)
          found.regions = (lists[1].arrayValue ?? []).compactMap(\.stringValue)
        default:
          let said = try json(&reader)
          if let place = Self.place(said["trying"]) { found.trying = place }
          throw said["failure"].map(host.error) ?? host.misfit("expand", said)
        }
      }
    }

    private func verdict(_ reader: inout ExpansionLines) throws(MachineError) -> (
      place: ExploredPlace, issue: ExploredIssue
    ) {
      let place = reader.place()
      let (invariant, verdict) = (reader.number(), reader.number())
      let reason = try json(&reader).stringValue
      return (
        place, ExploredIssue(invariant: invariant, isViolated: verdict == 1, reason: reason)
      )
    }

    private func json(_ reader: inout ExpansionLines) throws(MachineError) -> JSONValue {
      try host.parse(answer: reader.rest(), to: "expand")
    }

    private static func place(_ said: JSONValue?) -> ExploredPlace? {
      guard let numbers = said?.arrayValue?.compactMap({ $0.integer(Int.self) }), numbers.count == 2
      else { return nil }
      return .init(numbers[0], numbers[1])
    }

    func state(of node: Node) throws(MachineError) -> JSONValue {
      let value = try host.parse(String(decoding: node, as: UTF8.self))
      // A node has the memories of history invariants beside the state.
      guard host.machine.invariants.contains(where: { $0.kind == .history }) else { return value }
      guard let state = value.arrayValue?.first else { throw host.misfit("the state", value) }
      return state
    }

    func events(in node: Node, at offset: Offset) throws(MachineError) -> [NewEvent] {
      if let events = setup.events {
        return events.map { event in
          var event = NewEvent(recorded: event)
          event.recordedAt = setup.time
          event.stream = stream ?? event.stream
          return event
        }
      }
      fill(at: offset)
      let answer = try host.parse(
        answer: try host.callWithBatch("offers", [.flag(false), .text(text(of: [node]))]),
        to: "offers")
      if let failure = answer["failure"] { throw host.error(failure) }
      return try host.list("events", of: answer, to: "offers").map { item throws(MachineError) in
        let parts = item.arrayValue ?? []
        guard parts.count == 3, let type = parts[0].stringValue,
          let stream = parts[1].stringValue
        else { throw host.misfit("offers", item) }
        guard let data = parts[2].stringValue else {
          throw MachineError(
            .threw, machine: host.machine.name, "The data of this '\(type)' is not JSON",
            handler: "explore.events")
        }
        return NewEvent(
          stream: stream, type: type, data: Array(data.utf8), recordedAt: setup.time)
      }
    }
  }

  /// What `expand` answers, line by line.
  private struct ExpansionLines {
    private var bytes: [UInt8]
    private var at = 0
    private var isAtStart = true
    /// Whether the arrival before was known, so that its verdicts are too.
    var skipsVerdicts = false

    init(_ text: String) { bytes = Array(text.utf8) }

    /// The kind of the next line; nil where there is none.
    mutating func next() -> UInt8? {
      if !isAtStart {
        while at < bytes.count, bytes[at] != 0x0A { at += 1 }
        at += 1
      }
      isAtStart = false
      guard at < bytes.count else { return nil }
      defer { at += 1 }
      return bytes[at]
    }

    mutating func number() -> Int {
      at += 1
      var value = 0
      while at < bytes.count, (0x30...0x39).contains(bytes[at]) {
        value = value &* 10 &+ Int(bytes[at] &- 0x30)
        at += 1
      }
      return value
    }

    mutating func place() -> ExploredPlace { .init(number(), number()) }

    mutating func step(into found: inout Expansion<[UInt8]>) -> ExploredPlace {
      let place = place()
      found.steps.append(
        ExploredStep(Int(place.node), type: number(), from: number(), to: number()))
      return place
    }

    private mutating func field() -> ArraySlice<UInt8> {
      at += 1
      let start = at
      while at < bytes.count, bytes[at] != 0x0A, bytes[at] != 0x09 { at += 1 }
      return bytes[start..<at]
    }

    /// A node, and the digest of what tells it from others.
    mutating func node() -> (node: [UInt8], digest: Digest) {
      let node = Array(field())
      guard at < bytes.count, bytes[at] == 0x09 else { return (node, Digest(of: node)) }
      return (node, Digest(of: Array(field())))
    }

    mutating func rest() -> String { String(decoding: field(), as: UTF8.self) }
  }
#endif

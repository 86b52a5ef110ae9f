import EvlogForensics
import EvlogReplay
import EvlogStore
import SystemPackage

/// A conversation about a log: commands in, moments out.
final class DebugSession {
  static let help = """
    n [N]      forward by one event, or N         b [N]      back
    g CUT      to a cut, or a time                g end      to the log's end
    v          to the next violation              V          to the one before
    w PATH     to the next change of a place      W PATH     to the one before
    p [PATH]   print the state, or a place        k [KEY]    whose state (- for none)
    e          the event that led here            i          the invariants here
    y          why the event here broke one       h          this help
    q          end
    An empty line does the last command again.
    """

  /// So many broken invariants are shown after each step.
  private static let brokenLimit = 3

  private let timeline: Timeline
  private let log: EventLog
  /// What the timeline's replays draw, to be taken away before anything is printed.
  private let progress: Progress
  private let machine: MachineOptions
  private let isJSON: Bool
  private let isInteractive: Bool
  /// The stream or key whose state is printed, where the machine has one for each.
  private var key: String?
  private var lines = TypedLines()
  /// Every cut's verdicts, once somebody has asked for them.
  private var scan: Scan?

  init(
    timeline: Timeline, of log: EventLog, progress: Progress, of key: String? = nil,
    machine: MachineOptions,
    isJSON: Bool
  ) throws {
    self.timeline = timeline
    self.log = log
    self.progress = progress
    self.machine = machine
    self.key = key
    self.isJSON = isJSON
    isInteractive = Output.standard.isTerminal && Output.isInputTerminal && !isJSON
  }

  func run() async throws {
    if isInteractive { Output.standard.line("h for help, q to end") }
    try show(try timeline.arrive(at: timeline.cut))
    var last: DebugLine?
    while let text = try read() {
      let line = text.allSatisfy(\.isWhitespace) ? last : DebugLine(text)
      guard let line else { continue }
      if line.word == "q" || line.word == "quit" { return }
      do { try await answer(line) } catch let error as CancellationError { throw error } catch {
        complain(Words.error(error))
      }
      last = line
    }
    if isInteractive { Output.standard.line() }
  }

  private func read() throws -> String? {
    if isInteractive {
      Output.standard.text(Output.standard.bold("(\(Words.number(timeline.cut))) "))
    }
    Output.standard.flush()
    return try lines.next()
  }

  private func complain(_ text: String) {
    progress.finish()
    if isJSON {
      var report = Report("debug")
      report["error"] = .string(text)
      report.print()
    } else {
      Output.standard.line(text)
    }
  }

  // MARK: Commands

  private func answer(_ line: DebugLine) async throws {
    switch line.word {
    case "n", "next":
      try go(to: line.count().map { timeline.cut + min($0, timeline.end - timeline.cut) })
    case "b", "back":
      try go(to: line.count().map { timeline.cut - min($0, UInt64(timeline.cut)) })
    case "g", "go": try go(to: line.cut(in: log, end: timeline.end))
    case "v": try await goToViolation(isForward: true)
    case "V": try await goToViolation(isForward: false)
    case "w", "watch":
      let (path, key) = try place(line)
      try go(
        to: try timeline.nextChange(of: path, key: key),
        else: "\(path) does not change any more up to the log's end")
    case "W":
      let (path, key) = try place(line)
      try go(
        to: try timeline.previousChange(of: path, key: key), else: "\(path) did not change before")
    case "p", "print": try printState(line)
    case "k", "key": try choose(line)
    case "e", "event": try showEvent()
    case "i", "invariants": try await showInvariants()
    case "y", "why": try await explain()
    case "h", "help", "?": Output.standard.text(Self.help + "\n")
    default: complain("There is no command '\(Words.plain(line.word))'. h shows those there are.")
    }
  }

  private func go(to cut: Cut?, else problem: String? = nil) throws {
    guard let cut else {
      complain(problem ?? "A number is missing.")
      return
    }
    let target = min(cut, timeline.end)
    if target == timeline.cut, problem == nil {
      complain(target == 0 ? "This is the beginning." : "This is where you are.")
      return
    }
    try show(try timeline.arrive(at: target))
  }

  private func verdicts() async throws -> Scan {
    if let scan { return scan }
    let progress = Progress("scanning", of: timeline.end, unless: isJSON)
    defer { progress.finish() }
    var replayer = timeline.replayer
    replayer.progress = { progress.update($0) }
    let made = try await replayer.scan(to: timeline.end)
    scan = made
    return made
  }

  private func goToViolation(isForward: Bool) async throws {
    let cut = timeline.cut
    let breaks = try await verdicts().findings.map(\.breaks)
    let next =
      isForward
      ? breaks.compactMap { $0.next(after: cut)?.firstCut }.min()
      : breaks.compactMap { $0.last(before: cut)?.firstCut }.max()
    try go(
      to: next,
      else: isForward
        ? "no invariant breaks after this cut" : "no invariant breaks before this cut")
  }

  /// Whose state, and where in it.
  private func place(_ line: DebugLine) throws -> (StatePath, String?) {
    guard let text = line.rest else {
      throw Failure.usage("Say which place, as in: w stock[\"A-7\"].available")
    }
    let path = try StatePath(parsing: text)
    let scope = timeline.replayer.machine.scope
    if scope != .log, key == nil {
      throw Failure.usage("The machine has a state per \(scope.rawValue): choose one with k.")
    }
    return (path, key)
  }

  private func printState(_ line: DebugLine) throws {
    let scope = timeline.replayer.machine.scope
    let path = try line.rest.map { try StatePath(parsing: $0) } ?? StatePath()
    if scope != .log, key == nil {
      throw Failure.usage("The machine has a state per \(scope.rawValue): choose one with k.")
    }
    let value = try timeline.value(at: path, of: key)
    progress.finish()
    if isJSON {
      var report = Report("debug")
      report["cut"] = .int(timeline.cut)
      report["key"] = .optional(key)
      report["path"] = .string("\(path)")
      report["value"] = value
      report.print()
    } else {
      guard let value else { return Output.standard.line("there is nothing at \(path)") }
      Output.standard.pretty(value)
    }
  }

  private func choose(_ line: DebugLine) throws {
    guard timeline.replayer.machine.scope != .log else {
      throw Failure.usage("The machine has one state: there is nothing to choose.")
    }
    key = line.rest == "-" ? nil : try line.rest ?? timeline.arrive(at: timeline.cut)?.key
    complain(key.map { "the state of \(Words.key($0))" } ?? "no state is chosen")
  }

  private func showEvent() throws {
    guard let event = try timeline.event() else {
      complain("This is the beginning: no event led here.")
      return
    }
    if isJSON {
      var report = Report("debug")
      report["cut"] = .int(timeline.cut)
      report["event"] = .event(event)
      report.print()
    } else {
      Output.standard.json(EventText.ndjson(event) + [0x0A])
    }
  }

  private func showInvariants() async throws {
    let broken = try await broken()
    for (i, invariant) in timeline.replayer.machine.invariants.enumerated() where !isJSON {
      let name = "\(invariant.name) (\(invariant.kind.rawValue))"
      let states = broken.filter { $0.invariant == i }
      if states.isEmpty { Output.standard.line("holds  \(name)") }
      for verdict in [Verdict.violated, .undefined] {
        let states = states.filter { $0.verdict == verdict }
        if states.isEmpty { continue }
        let whose = states.compactMap(\.key).prefix(5).map(Words.key).joined(separator: ", ")
        let rest = states.count > 5 ? " and \(Words.number(states.count - 5)) more" : ""
        Output.standard.line(
          "\(verdict)  \(name)" + (whose.isEmpty ? "" : "  \(whose)\(rest)"))
      }
    }
    if !isJSON, let scan {
      KeysText.say(
        scan.failedKeys.filter { $0.error.offset ?? 0 < timeline.cut.offsetAfter },
        of: scan.machine.scope)
      KeysText.sayUnconcerned(scan.unconcerned)
    }
    if isJSON { try show(try timeline.arrive(at: timeline.cut)) }
  }

  /// What is not well at this cut.
  private func broken() async throws -> [VerdictChange] {
    broken(in: try await verdicts())
  }

  private func broken(in scan: Scan) -> [VerdictChange] {
    scan.changes.prefix { $0.cut <= timeline.cut }.open.sorted {
      ($0.invariant, $0.cut) < ($1.invariant, $1.cut)
    }
  }

  private func explain() async throws {
    let cut = timeline.cut
    let scan = try await verdicts()
    let violations = try await timeline.replayer.violations(
      in: scan, choosing: { finding in finding.breaks.at(cut: cut) })
    if violations.isEmpty {
      complain("No invariant broke at this cut. v goes to the next at which one does.")
    }
    for (i, violation) in violations.enumerated() {
      let start = ContinuousClock.now
      let why = try await timeline.replayer.why(violation)
      progress.finish()
      let text = WhyText(
        why: why, scan: scan, took: ContinuousClock.now - start,
        store: log.path.string,
        machine: machine.machine)
      if isJSON {
        text.json.print()
      } else {
        if i > 0 { Output.standard.line() }
        text.print()
      }
    }
  }

  // MARK: Answers

  private func show(_ step: Timeline.Step?) throws {
    progress.finish()
    if isJSON { return json(step).print() }
    let out = Output.standard
    let place = "cut \(Words.number(timeline.cut)) of \(Words.number(timeline.end))"
    guard let step else {
      out.line(out.bold(place) + "  the beginning, before any event")
      return
    }
    out.line(
      out.bold(place) + "  after \(Words.plain(step.event.type))  stream "
        + "\(Words.plain(step.event.stream))  \(step.event.recordedAt)")
    var data = Words.plain(String(decoding: step.event.data.prefix(400), as: UTF8.self))
    if data.count > 100 { data = data.prefix(99) + "…" }
    if !data.isEmpty { out.line("  \(data)") }
    if let key = step.key, timeline.replayer.machine.scope == .key {
      out.line("  state of \(Words.key(key))")
    }
    let lines = step.changes.lines(limit: 12)
    if lines.isEmpty { out.line("  nothing changes") }
    for line in lines { out.line("  \(out.coloured(line))") }
    if let scan {
      let own = broken(in: scan).filter {
        $0.key == nil || $0.key.map(Name.init) == step.key.map(Name.init)
      }
      for change in own.prefix(Self.brokenLimit) {
        let name = timeline.replayer.machine.invariants[change.invariant].name
        let since = since(change, in: scan)
        out.line("  ! \(name): \(change.verdict) \(since)")
      }
      if own.count > Self.brokenLimit {
        out.line("  ! and \(Words.number(own.count - Self.brokenLimit)) more; i shows them")
      }
    }
  }

  /// How long a verdict has been so; of one that begins here, how long it stays.
  private func since(_ change: VerdictChange, in scan: Scan) -> String {
    if isStep(change) { return "by this event" }
    if change.cut < timeline.cut { return "since cut \(Words.number(change.cut))" }
    guard let end = end(of: change, in: scan) else { return "from here on" }
    return end == change.cut + 1
      ? "at this cut alone" : "from here to cut \(Words.number(end - 1))"
  }

  private func isStep(_ change: VerdictChange) -> Bool {
    timeline.replayer.machine.invariants[change.invariant].kind == .step
  }

  /// The cut from which on a verdict is as it is; of a step, which each event keeps or violates by itself, that of
  /// the last event of the stream or key.
  private func firstCut(of change: VerdictChange, in scan: Scan, key: String?) -> Cut {
    guard isStep(change) else { return change.cut }
    let own = change.key.map(Name.init)
    if own == nil || own == key.map(Name.init) { return timeline.cut }
    let name = Name(timeline.replayer.machine.invariants[change.invariant].name)
    let breaks = scan.findings.first { Name($0.invariant.name) == name }?.breaks
    let last = breaks?.last { $0.firstCut <= timeline.cut && $0.key.map(Name.init) == own }
    return max(change.cut, last?.firstCut ?? 0)
  }

  /// The cut at which a verdict is another one; nil where it stays to the end.
  private func end(of change: VerdictChange, in scan: Scan) -> Cut? {
    scan.changes.first {
      $0.cut > change.cut && $0.invariant == change.invariant && $0.key == change.key
    }?.cut
  }

  private func json(_ step: Timeline.Step?) -> Report {
    var report = Report("debug")
    report["cut"] = .int(timeline.cut)
    report["end"] = .int(timeline.end)
    report["event"] = step.map { .event($0.event) }
    report["key"] = .optional(step?.key)
    report["changes"] = step.map { .changes($0.changes) } ?? .array([])
    if let scan {
      report.addKeys(of: scan)
      report["broken"] = .array(
        broken(in: scan).prefix(100).map { change in
          .object([
            ("invariant", .string(timeline.replayer.machine.invariants[change.invariant].name)),
            ("key", .optional(change.key)), ("verdict", .string("\(change.verdict)")),
            ("since", .int(firstCut(of: change, in: scan, key: step?.key))),
            ("until", .optional(end(of: change, in: scan))),
          ])
        })
    }
    return report
  }
}

/// A command as it was typed.
struct DebugLine {
  let word: String
  let rest: String?

  init(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    word = parts.first ?? ""
    let rest = parts.count > 1 ? parts[1].trimming(" ") : ""
    self.rest = rest.isEmpty ? nil : rest
  }

  /// A number of events, one by default; nil where it is no number.
  func count() -> UInt64? {
    guard let rest else { return 1 }
    return UInt64(rest.filter { $0 != "," })
  }

  func cut(in log: EventLog, end: Cut) throws -> Cut {
    guard let rest else { throw Failure.usage("Say which cut, as in: g 7778") }
    if rest == "end" { return end }
    if let cut = Cut(rest.filter { $0 != "," }) {
      guard cut <= end else { throw Replayer.CutBeyondEnd(cut: cut, end: end) }
      return cut
    }
    guard let argument = CutArgument(argument: rest) else {
      throw Failure.usage("'\(rest)' is neither a cut nor a time (2026-03-01T10:00:00Z).")
    }
    return try argument.cut(in: log)
  }
}

extension String {
  fileprivate func trimming(_ character: Character) -> String {
    var text = self[...]
    while text.first == character { text.removeFirst() }
    while text.last == character { text.removeLast() }
    return String(text)
  }
}

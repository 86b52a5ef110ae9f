import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import SystemPackage

/// A conversation about a log: commands in, moments out.
final class DebugSession {
  static let help = """
    n [N]      forward by one event, or N         b [N]      back
    g CUT      to a cut, or a time                g end      to the log's end
    v          to the next violation              V          to the one before
    w PATH     to the next change of a path       W PATH     to the one before
    p [PATH]   print the state, or one path       k [KEY]    choose a key (- none)
    e          the event that led here            i          the invariants here
    y          why the event here broke one       h          this help
    q          quit
    An empty line repeats the last command.
    """

  /// So many broken invariants are shown after each step.
  private static let brokenLimit = 3

  private let investigation: Investigation
  private let timeline: Timeline
  private var past: any History { investigation.history }
  /// What the timeline's replays draw, to be taken away before anything is printed.
  private let progress: Progress
  private let asked: AskedWords
  private let isJSON: Bool
  private let isInteractive: Bool
  /// The stream or key whose state is printed, where the machine has one for each.
  private var key: String?
  private var lines = TypedLines()
  /// Every cut's verdicts, once they were requested.
  private var scan: Scan?

  init(
    _ investigation: Investigation, at cut: Cut, progress: Progress, of key: String?,
    asked: AskedWords, isJSON: Bool
  ) throws {
    self.investigation = investigation
    timeline = try Timeline(investigation.replayer, at: cut)
    self.progress = progress
    self.asked = asked
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
        try complain(Words.error(error))
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

  private func complain(_ text: String) throws {
    progress.finish()
    if isJSON { return try Answers.MomentProblem(text).print() }
    Output.standard.line(text)
  }

  // MARK: Commands

  private func answer(_ line: DebugLine) async throws {
    switch line.word {
    case "n", "next":
      try go(to: line.count().map { timeline.cut + min($0, timeline.end - timeline.cut) })
    case "b", "back":
      try go(to: line.count().map { timeline.cut - min($0, UInt64(timeline.cut)) })
    case "g", "go": try go(to: line.cut(in: past))
    case "v": try await goToViolation(isForward: true)
    case "V": try await goToViolation(isForward: false)
    case "w", "watch":
      let (path, key) = try place(line)
      try go(
        to: try timeline.nextChange(of: path, key: key),
        else: "\(path) does not change again before the log's end")
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
    default:
      try complain("There is no command '\(Words.plain(line.word))'. h lists the commands.")
    }
  }

  private func go(to cut: Cut?, else problem: String? = nil) throws {
    guard let cut else {
      try complain(problem ?? "A number is missing.")
      return
    }
    let target = min(cut, timeline.end)
    if target == timeline.cut, problem == nil {
      try complain(target == 0 ? "This is the beginning." : "This is where you are.")
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
      throw Failure.usage("Say which path, as in: w stock[\"A-7\"].available")
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
    if isJSON { return try Answers.MomentValue(at: timeline.cut, of: key, path, value).print() }
    guard let value else { return Output.standard.line("there is nothing at \(path)") }
    Output.standard.pretty(value)
  }

  private func choose(_ line: DebugLine) throws {
    guard timeline.replayer.machine.scope != .log else {
      throw Failure.usage("The machine has one state: there is nothing to choose.")
    }
    key = line.rest == "-" ? nil : try line.rest ?? timeline.arrive(at: timeline.cut)?.key
    try complain(key.map { "the state of \(Words.key($0))" } ?? "no state is chosen")
  }

  private func showEvent() throws {
    guard let event = try timeline.event() else {
      try complain("This is the beginning: no event led here.")
      return
    }
    if isJSON { return try Answers.MomentEvent(at: timeline.cut, event).print() }
    Output.standard.json(event.ndjson + [0x0A])
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
        scan.failedKeys.filter { $0.error.offset ?? 0 < timeline.cut.offsetAfter }
          .map(Answers.FailedKey.init), of: scan.machine.scope)
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
      try complain("No invariant broke at this cut. v goes to the next cut at which one does.")
    }
    for (i, violation) in violations.enumerated() {
      let why = try await investigation.why(
        .init(violation: violation, scan: scan), depth: 3, limit: 5)
      progress.finish()
      let text = WhyText(why, scope: scan.machine.scope, asked)
      if isJSON {
        try text.answer.print()
      } else {
        if i > 0 { Output.standard.line() }
        text.print()
      }
    }
  }

  // MARK: Answers

  private func show(_ step: Timeline.Step?) throws {
    progress.finish()
    if isJSON { return try json(step).print() }
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
      ? "at this cut only" : "from here to cut \(Words.number(end - 1))"
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

  private func json(_ step: Timeline.Step?) -> Answers.Moment {
    var moment = Answers.Moment(at: timeline.cut, of: timeline.end, after: step)
    guard let scan else { return moment }
    moment.add(
      broken(in: scan).prefix(100).map { change in
        .init(
          invariant: timeline.replayer.machine.invariants[change.invariant].name,
          key: change.key, verdict: change.verdict,
          since: firstCut(of: change, in: scan, key: step?.key), until: end(of: change, in: scan))
      }, in: scan)
    return moment
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

  func cut(in past: any History) throws -> Cut {
    let end = past.end
    guard let rest else { throw Failure.usage("Say which cut, as in: g 7778") }
    if rest == "end" { return end }
    if let cut = Cut(rest.filter { $0 != "," }) {
      guard cut <= end else { throw Replayer.CutBeyondEnd(cut: cut, end: end) }
      return cut
    }
    guard let argument = CutArgument(argument: rest) else {
      throw Failure.usage("'\(rest)' is neither a cut nor a time (2026-03-01T10:00:00Z).")
    }
    return try argument.cut(in: past)
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

import ArgumentParser
import EvlogAnswers
import EvlogCuts
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import SystemPackage

struct MinimiseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "minimise",
    abstract: "Find the few events that suffice to break an invariant.",
    discussion: """
      Leaves out the events before a violation, half of them at a time and then fewer, as long as \
      the same event still breaks the same invariant: the invariant was not violated right before \
      the event and is violated after it, or it is a step that the event violates. If no earlier \
      event of the log broke it, none of the kept events before it may either. Being few is not \
      enough: an event of the log that was left out may heal what the few break, and then they are \
      not the reason. So each event of the log, and many random choices of them, are added back, \
      and what turns out to be needed is kept. An event is marked but-for if the whole log without \
      it alone would not have been broken there.

      --policy decides which parts of a log could have been logs: accept (the machine takes every \
      event and can judge it), closure (also, every event comes with those that it names as its \
      causes), free (events that the machine cannot take are skipped).

      A part that cannot be judged, because the machine fails or is stopped in it, is no \
      candidate. If the time given by --seconds runs out, the answer is the smallest part so far \
      and how far it was checked, and the exit code is 3.

      --out writes a folder with three things that show the same violation: a log, its events as \
      NDJSON, and a test in Swift.

      EXAMPLES
        evlog minimise shop.evlog --machine shop.js
        evlog minimise shop.evlog --machine shop.js --invariant 'never oversell' --out oversell
        evlog minimise shop.evlog --machine shop.js --offset 8001

      \(ExitStatus.help)
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @OptionGroup var wanted: ViolationOptions
  @Option(help: "Which parts of a log could have been logs.")
  var policy: PolicyArgument = .accept
  @Option(help: "Seed for the random choices.") var seed: UInt64 = 1
  @Option(help: "Stop after this many seconds and print the best answer so far; 0 for no limit.")
  var seconds: Double = 120
  @Option(help: "A folder to create, with a log, NDJSON and a Swift test.", completion: .directory)
  var out: String?

  @OptionGroup var page: PageOptions

  func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds must not be negative.")
    }
  }

  func run() async throws {
    if let out, PathKind(out) != .nothing {
      throw Failure.usage("There is something at \(out) already: --out makes a new folder.")
    }
    let program = try machine.load()
    let page = try page.open()
    let past = try edits.past(of: try store.history(passing: wanted.to))
    var investigation = machine.investigation(program, of: past)
    let found = try await wanted.found(investigation, isQuiet: store.json)
    machine.warn(found.scan.work)
    guard let violation = found.violation else {
      // The text that there is nothing is that of the end.
      let nothing = Answers.Minimise(nothingIn: found.scan)
      try page?.write(nothing)
      try nothing.print(asJSON: store.json) {}
      try wanted.end(found.scan, nothingTo: "minimise", isQuiet: store.json)
    }
    let trying = Progress("trying", of: nil, unless: store.json)
    defer { trying.finish() }
    investigation.replayer.progress = { trying.update($0) }
    var answer: Answers.Minimise
    let made: Minimisation
    do {
      (answer, made) = try await investigation.minimise(
        violation, found, policy: policy.policy, seed: seed,
        within: seconds > 0 ? .seconds(seconds) : nil)
    } catch let error as NothingToMinimise { throw Failure(.inconclusive, "\(error)") }
    trying.finish()
    answer.out = out
    let reproduction = try out.map {
      try Reproduction(
        made, machine: machine.machine, program: program, of: (past as? CausalHistory)?.group,
        folder: $0)
    }
    try await reproduction?.write()
    try page?.write(answer)
    try answer.print(asJSON: store.json) { text(answer, program.descriptor.scope) }
    throw Failure(answer.progress == .complete ? .found : .inconclusive, "")
  }

  private func text(_ made: Answers.Minimise, _ scope: ScopeKind) {
    let standard = Output.standard
    let kept = made.kept ?? []
    let count = Words.count(kept.count, "event")
    standard.line(
      standard.bold("\(Words.number(made.considered ?? 0)) → \(count)")
        + "  break '\(made.invariant ?? "")' at offset \(Words.number(made.offset ?? 0))"
        + (made.key.map { " for \(Words.key($0))" } ?? ""))
    for kept in kept {
      standard.line(EventText.line(kept.event) + (kept.butFor == true ? "  but-for" : ""))
    }
    standard.line()
    var closure =
      made.randomChoices.map { choices in
        "no other event heals it, nor do \(Words.count(choices, "random choice")) of them"
      } ?? "no choice of the other events heals it"
    if let addedBack = made.addedBack, addedBack > 0 {
      closure +=
        "; \(Words.number(addedBack)) of the \(Words.number(kept.count)) \(addedBack == 1 ? "is" : "are") kept only "
        + "because others would otherwise heal it"
    }
    switch made.progress {
    case .complete: standard.line(closure)
    case .notAddedBack:
      standard.line(
        "none of it can be left out; time ran out before it was checked whether other events heal it"
      )
    case .notMinimal, nil:
      standard.line("time ran out: the smallest so far, not shown to be minimal")
    }
    if made.progress != .complete {
      standard.line("for more time: --seconds \(Int(seconds * 10)), or 0 for no limit")
    }
    if let stopped = made.stopped, stopped > 0 {
      standard.line(
        "in \(Words.count(stopped, "replay")) the machine was stopped: those are no candidates"
      )
    }
    KeysText.say(made.failedKeys, of: scope)
    standard.line(
      "\(Words.count(made.replays ?? 0, "replay")), policy \(policy.rawValue), seed \(made.seed ?? 0), "
        + Words.duration(made.seconds?.wrappedValue ?? .zero))
    if let out {
      let logs = Set(kept.compactMap(\.event.log)).sorted()
      standard.line(
        "written to \(out): "
          + (logs.isEmpty
            ? "log.evlog, events.ndjson, ReproductionTests.swift"
            : (logs.map { "\($0).evlog" } + ["logs.group"]).joined(separator: ", ")))
    }
  }
}

/// A policy as it is given on the command line.
enum PolicyArgument: String, ExpressibleByArgument, CaseIterable {
  case accept, closure, free

  var policy: Minimisation.Policy {
    switch self {
    case .accept: .accept
    case .closure: .closure
    case .free: .free
    }
  }
}

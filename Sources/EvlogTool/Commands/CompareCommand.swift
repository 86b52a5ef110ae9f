public import ArgumentParser
import EvlogAnswers
public import EvlogForensics
import EvlogMachine
import EvlogStore
import SystemPackage

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two logs, or two machines over one log: where they first differ.",
    discussion: """
      Given two logs, such as a failed run and one that passed, production and staging, or a log \
      and its copy, it names the first events that differ, and counts by stream the events that \
      are only in one log, changed, or moved. Given a machine as well, it compares the states over \
      both logs: where they first differ, by what, where they are equal again, and what was \
      violated meanwhile in one log only.

      Events are matched within their stream; --align offset matches those at the same offset. \
      Everything about an event counts but its turn, unless it is ignored: data, metadata, \
      time, id, causation, correlation, schemaVersion, contentType. 'ids' means id, causation and \
      correlation, and 'order' the order of events of different streams.

      Where two compressed logs begin or end alike, their digests show it: there, checksums are \
      checked, but no event is read.

      Given two machines and one log, it compares their states after every event, so it also \
      finds a difference that heals at once, and the verdicts of invariants that have the same name. Try a \
      new version of a machine on real events before you use it.

      Exits with 1 if anything differs.

      EXAMPLES
        evlog compare shop.evlog mirror.evlog
        evlog compare failed.evlog passed.evlog --ignore time,ids --machine shop.js
        evlog compare shop.evlog --machine shop.js --against shop-new.js
        evlog compare shop.evlog --machine shop.js --against shop-new.js --to 7777 --json
      """)

  /// What may differ between two logs.
  struct Ignored {
    var parts: Set<EventPart> = []
    var order = false

    init(_ texts: [String]) throws {
      for name in texts.flatMap({ $0.split(separator: ",") }) {
        switch (name, EventPart(rawValue: String(name))) {
        case ("ids", _): parts.formUnion([.id, .causation, .correlation])
        case ("order", _): order = true
        case (_, let part?) where part != .stream && part != .type: parts.insert(part)
        default:
          let known = EventPart.allCases.filter { $0 != .stream && $0 != .type }.map(\.rawValue)
          throw ValidationError(
            "--ignore '\(name)' is none of \((known + ["ids", "order"]).joined(separator: ", ")).")
        }
      }
    }
  }

  @OptionGroup var store: HistoryOptions
  @Argument(help: "Another log's folder, or the file of a group.", completion: .directory)
  var other: String?
  @Option(
    help: ArgumentHelp(
      "A machine: a JavaScript file, or the name of one that is compiled in.",
      valueName: "file-or-name"), completion: .file(extensions: ["js"]))
  var machine: String?
  @Option(help: "Another machine, to run over the same log.") var against: String?
  @Option(help: "How to match the events of two logs: stream or offset.")
  var align: LogComparison.Alignment?
  @Option(help: "Differences between two logs to ignore, as in time,metadata; repeatable.")
  var ignore: [String] = []
  @Option(help: "How many differences between two logs to list; 10, or 1000 with --json.")
  var limit: Int?
  @Option(help: "The last cut, or a time; the log's end by default.") var to: CutArgument?
  @OptionGroup var running: RunningOptions
  @OptionGroup(title: "An edited past, with offsets and cuts of its own")
  var edits: EditArguments
  @OptionGroup var page: PageOptions

  func validate() throws {
    let ignored = try Ignored(ignore)
    if ignored.order, align == .offset {
      throw ValidationError("With --align offset, the order cannot be ignored.")
    }
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative.") }
    if other == nil {
      guard machine != nil, against != nil else {
        throw ValidationError(
          "Name another log, as in: \(EvlogTool.name) compare shop.evlog mirror.evlog; or two "
            + "machines: --machine shop.js --against shop-new.js.")
      }
      if align != nil || !ignore.isEmpty || limit != nil {
        throw ValidationError("--align, --ignore and --limit are for two logs: name another log.")
      }
    } else if page.html != nil {
      throw ValidationError("--html is for two machines: --machine shop.js --against shop-new.js.")
    } else if against != nil {
      throw ValidationError("Compare two logs, or two machines with --against, not both.")
    }
  }

  func run() async throws {
    if let other { return try await compare(with: other) }
    guard let machine, let against else { return }
    let (program, rival) = (try running.load(machine), try running.load(against))
    let page = try page.open()
    let past = try edits.past(of: try store.history(passing: to))
    let to = try to?.cut(in: past)
    let progress = Progress("replaying", of: to ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await running.investigation(program, of: past, progress: progress)
      .compare(with: rival, to: to)
    progress.finish()
    try page?.write(answer)
    try ComparisonText(answer: answer, names: (machine, against)).report(isJSON: store.json)
  }

  private func compare(with other: String) async throws {
    let program = try machine.map { try running.load($0) }
    let first = try edits.past(of: try store.history(passing: to))
    let second: any History =
      try GroupArguments.history(other) ?? StoreOptions.openForReading(FilePath(other))
    var cuts = (first: try to?.cut(in: first), second: try to?.cut(in: second))
    // A number may be beyond the end of one of them.
    if case .number(let cut)? = to, cut <= max(first.end, second.end) {
      cuts = (min(cut, first.end), min(cut, second.end))
    }
    // Offsets and cuts are of two groups.
    CurrentGroup.set(nil)
    let ignored = try Ignored(ignore)
    let rules = LogComparison.Rules(
      alignment: align ?? .stream, ignoring: ignored.parts, ignoresOrder: ignored.order,
      limit: limit ?? (store.json ? 1000 : LogComparisonText.listed))
    let progress = Progress("comparing", of: max(first.end, second.end), unless: store.json)
    defer { progress.finish() }
    let answer =
      if let program {
        try await running.investigation(program, of: first, progress: progress)
          .compare(with: second, to: cuts.first, otherTo: cuts.second, by: rules)
      } else {
        try await Investigation.compare(
          first, with: second, to: cuts.first, otherTo: cuts.second, by: rules,
          progress: { progress.update($0) })
      }
    progress.finish()
    try LogComparisonText(
      answer: answer, names: (edits.isEmpty ? store.store : "\(store.store) as edited", other),
      machine: edits.isEmpty ? machine : nil
    ).report(isJSON: store.json)
  }
}

extension LogComparison.Alignment: ExpressibleByArgument {}

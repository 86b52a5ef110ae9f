import ArgumentParser
import EvlogAnswers
import EvlogEngines
import EvlogSources
import EvlogStore

struct MirrorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mirror",
    abstract:
      "Follow a stream of NATS JetStream into a log, or check that it still has what the log has.",
    discussion: """
      Each message becomes one event, exactly once: its stream is the subject, its time the time at the server, its \
      id STREAM/SEQUENCE, its metadata the headers, and its data the same bytes. The type is the header Evlog-Type or \
      ce-type, or else 'message'; --map finds it in the data. The log is created if it does not exist.

      The messages that arrive together are one turn, and the log itself says which was the last. So the mirror, the \
      server and the machine may stop at any moment; the same command goes on. It keeps no state at the server. While \
      the server is away, it tries again.

      Before it goes on, the last message in the log is compared with the server's. It stops if the stream was made \
      again, ends earlier than the log, or has another message there (exit code 1; --new-epoch goes on with the new \
      stream, and says so in the log by an event of the type evlog.epoch). It stops if messages expired before they \
      were mirrored (exit code 1), or if none is left to be compared (exit code 3); --allow-gap goes on. Messages that \
      are missing are an event of the type evlog.gap, always: a machine over the log must handle or ignore it.

      --check compares the whole stream with the log, and names what the server lost, changed, moved or added, by \
      ranges of sequences. Give it the same --map. Messages that have expired are counted apart.

      A stream whose messages are deleted once they are read (a work queue) is refused. An address may have several \
      servers, and a user: nats://user:password@a:4222,b:4222/ORDERS. The log has it without the user.

      EXAMPLES
        evlog mirror nats://localhost:4222/ORDERS orders.evlog
        evlog mirror nats://localhost:4222/ORDERS orders.evlog --until-caught-up \\
          --map type=kind
        evlog mirror --check nats://localhost:4222/ORDERS orders.evlog
        evlog mirror --check --sample 1000 nats://localhost:4222/ORDERS orders.evlog

      \(ExitStatus.help)
      """)

  @Argument(help: "The stream's address, as in nats://localhost:4222/ORDERS.") var source: String
  @OptionGroup var store: StoreOptions
  @Flag(help: "End when the log has all that the stream has; by default, wait for more.")
  var untilCaughtUp = false
  @Option(
    help: ArgumentHelp(
      "Where type, stream, causation, correlation and schemaVersion are in the data, as for import; repeatable.",
      valueName: "field=path,…"))
  var map: [String] = []
  @Option(help: "How many messages make a turn at most.") var batch: Int = 5000
  @Option(help: "Give up after the server was away for so many seconds; by default, never.")
  var timeout: Double?
  @Flag(help: "Go on with a stream that is not the one that was mirrored.") var newEpoch = false
  @Flag(help: "Go on where messages have expired.") var allowGap = false
  @Flag(help: "Compare the stream with the log, and change nothing.") var check = false
  @Option(help: "With --check: compare only so many messages, drawn by chance.") var sample: Int?

  func validate() throws {
    guard (1...Limits.turnEvents / 2).contains(batch) else {
      throw ValidationError("--batch must be from 1 to \(Limits.turnEvents / 2).")
    }
    if let timeout, timeout < 0 { throw ValidationError("--timeout must not be negative.") }
    if let sample, sample < 1 { throw ValidationError("--sample must be at least 1.") }
    if sample != nil, !check { throw ValidationError("--sample is for --check.") }
    for (option, isGiven) in [
      ("--until-caught-up", untilCaughtUp), ("--new-epoch", newEpoch), ("--allow-gap", allowGap),
      ("--timeout", timeout != nil),
    ] where check && isGiven {
      throw ValidationError("\(option) is not for --check, which changes nothing.")
    }
    _ = try mapping()
  }

  private func mapping() throws -> RecordMapping {
    guard !map.isEmpty else { return try RecordMapping() }
    let text = map.joined(separator: ",")
    do {
      let mapping = try EventMapping(text)
      for field in EventMapping.Field.allCases
      where mapping.maps(field) && !RecordMapping.fields.contains(field) {
        throw ValidationError(
          "--map cannot give '\(field.rawValue)': a mirror has it as the server has it.")
      }
      return try RecordMapping(mapping)
    } catch let error as EventMapping.Invalid {
      throw ValidationError("--map '\(text)' cannot be used: \(error).")
    }
  }

  func run() throws {
    let interruption = Interruption()
    defer { interruption.end() }
    let source = try SourceAddress(source).open()
    if check {
      try compare(source, until: interruption.isWanted)
    } else {
      try follow(source, until: interruption.isWanted)
    }
  }

  // MARK: Following

  private func follow(_ source: any EngineSource, until isEnded: () -> Bool) throws {
    let start = ContinuousClock.now
    let progress = Progress("mirroring", of: nil, unless: store.json)
    let text = MirrorText(source: source, log: store.store, progress, waits: !untilCaughtUp)
    // A source that is not there makes no log.
    if timeout == nil {
      do { _ = try source.state() } catch { throw text.failure(error) ?? error }
    }
    let log = try store.openForWriting(createsIfMissing: true)
    defer { log.close() }
    var options = Mirror.Options()
    options.batch = batch
    options.endsAtEnd = untilCaughtUp
    options.beginsNewEpoch = newEpoch
    options.allowsGap = allowGap
    options.patience = timeout.map { .seconds($0) }
    var mirror = try Mirror(source, to: log, mapping: try mapping(), options: options)
    do { try mirror.run(until: isEnded, telling: text.tell) } catch {
      progress.finish()
      throw text.failure(error) ?? error
    }
    progress.finish()
    guard let epoch = mirror.epoch else { return }
    var answer = Answers.Mirror(source: source.address, epoch: Answers.MirrorEpoch(epoch))
    answer.position = mirror.position
    answer.addedEvents = mirror.addedEvents
    answer.addedTurns = mirror.addedTurns
    answer.gaps = mirror.gapCount
    answer.missing = mirror.missing
    answer.missingAtEnd = mirror.missingAtEnd
    answer.isCaughtUp = mirror.isCaughtUp
    answer.end = log.end
    answer.seconds = ContinuousClock.now - start
    try answer.print(asJSON: store.json) { Output.standard.line(MirrorText.line(answer)) }
  }

  // MARK: Comparing

  private func compare(_ source: any EngineSource, until isEnded: () -> Bool) throws {
    let start = ContinuousClock.now
    let log = try store.openForReading()
    defer { log.close() }
    let progress = Progress("comparing", of: log.end, unless: store.json)
    let text = MirrorText(source: source, log: store.store, progress, waits: false)
    let found: MirrorCheck
    do {
      var checker = try MirrorChecker(source, log: log, mapping: try mapping())
      found =
        if let sample {
          try checker.sample(sample, until: isEnded, telling: { progress.update($0) })
        } else { try checker.walk(until: isEnded, telling: { progress.update($0) }) }
    } catch {
      progress.finish()
      throw text.failure(error) ?? error
    }
    progress.finish()
    let answer = Answers.MirrorCheck(found, of: source.address, took: ContinuousClock.now - start)
    try answer.print(asJSON: store.json) {
      for line in MirrorText.lines(answer) { Output.standard.line(line) }
    }
    if answer.differs { throw Failure(.found, "") }
  }
}

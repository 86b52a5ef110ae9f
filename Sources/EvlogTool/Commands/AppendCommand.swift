import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogSources
import EvlogStore

struct AppendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append", abstract: "Append one turn: one event from options, or many as NDJSON.",
    discussion: """
      Appends all the events, or none of them, and returns when they are on disk.

      Limits: 16 MiB of data and 1 MiB of metadata per event, 64 MiB and a million events per \
      turn, 512 levels of nesting, 512 bytes for a stream's name, 256 for a type's name or an id, \
      256 causes. Names that begin with 'evlog.' are reserved for evlog.

      EXAMPLES
        evlog append shop.evlog --stream order-118 --type StockReserved --data '{"sku":"A-7","qty":3}'
        evlog append shop.evlog --file - --turn decision-42 --expect order-118=17 < events.ndjson
      """)

  @OptionGroup var store: StoreOptions

  @Option(help: "The event's stream.") var stream: String?
  @Option(help: "The event's type.") var type: String?
  @Option(help: "The event's data, as JSON; - reads it from standard input.") var data: String?
  @Option(help: "The event's metadata, as JSON.") var metadata: String?
  @Option(help: "When the event happened (RFC 3339); now by default.") var time: String?
  @Option(help: "The event's own id.") var id: String?
  @Option(help: "The id of what caused it; repeatable.") var causation: [String] = []
  @Option(help: "The id of the conversation that it belongs to.") var correlation: String?
  @Option(help: "The schema version of the data.") var schemaVersion: UInt32 = 1
  @Option(
    help: "Read the events from an NDJSON file, plain or gzipped; - is standard input.",
    completion: .file())
  var file: String?
  @Option(help: "The turn's id: the same turn is never added twice.") var turn: String?
  @Option(
    help: ArgumentHelp(
      "Require a stream to be at a revision, or 'none', 'exists' or 'any'; repeatable.",
      valueName: "stream=revision"))
  var expect: [String] = []

  func validate() throws {
    if file == nil, stream == nil || type == nil {
      throw ValidationError("Give --stream and --type for one event, or --file for many.")
    }
    if file != nil, type != nil || data != nil {
      throw ValidationError("--file cannot be combined with --type or --data.")
    }
    if let time, Timestamp(time) == nil {
      throw ValidationError("--time '\(time)' \(TimeText.rule(for: time))")
    }
    if let turn, Turn.isOwn(turn) || turn.hasPrefix(ImportTurn.oldIDPrefix) {
      throw ValidationError(
        "--turn must not begin with '\(Turn.ownPrefix)' or '\(ImportTurn.oldIDPrefix)': such ids are "
          + "given by evlog.")
    }
  }

  func run() throws {
    let events = try events()
    let turn = Turn(events, id: turn, expecting: try expectations())
    let log = try store.openForWriting()
    let appended = try log.appendBlocking(turn)
    note(repeatedKeysIn: events)
    log.close()
    if store.json { return try Answers.Append(appended).print() }
    let place =
      appended.offsets.count == 1
      ? "offset \(Words.number(appended.offsets.lowerBound))"
      : "offsets \(Words.number(appended.offsets.lowerBound)) to "
        + Words.number(appended.offsets.upperBound - 1)
    Output.standard.line(
      appended.wasAlreadyThere
        ? "the turn is in the log already, at \(place)"
        : "added \(Words.count(appended.offsets.count, "event")) at \(place)")
  }

  private func events() throws -> [NewEvent] {
    if let file {
      var lines = try InputLines(file)
      defer { lines.close() }
      let reader = EventLine(defaultStream: stream)
      var events: [NewEvent] = []
      while let line = try lines.next() { events.append(try reader.event(line, of: lines.name)) }
      guard !events.isEmpty else { throw Failure.usage("\(lines.name) holds no event.") }
      return events
    }
    var bytes: [UInt8] = []
    if data == "-" {
      var lines = try InputLines("-")
      while let line = try lines.next() {
        bytes += bytes.isEmpty ? line.bytes : [0x0A] + line.bytes
      }
    } else {
      bytes = Array((data ?? "").utf8)
    }
    if data != nil { try check(bytes, data == "-" ? "Standard input" : "--data") }
    try metadata.map { try check(Array($0.utf8), "--metadata") }
    let event = NewEvent(
      stream: stream ?? "", type: type ?? "", data: bytes, schemaVersion: schemaVersion,
      recordedAt: time.flatMap { Timestamp($0) }, id: id, causation: causation,
      correlation: correlation, metadata: metadata.map { Array($0.utf8) })
    return [event]
  }

  /// A key that is there twice is mostly a mistake.
  private func note(repeatedKeysIn events: [NewEvent]) {
    let keys = events.compactMap { ImportReader.repeatedKey(of: $0) }
    guard let first = keys.first else { return }
    Output.error.line(
      "\(EvlogTool.name): \(Words.count(keys.count, "event")) with a key twice in one object: '\(first)'. "
        + "Its bytes are kept; all readers take the last value.")
    Output.error.flush()
  }

  private func check(_ bytes: [UInt8], _ option: String) throws {
    guard !bytes.isEmpty else {
      throw Failure.usage(
        "\(option) is empty, which is not JSON. An event without data: leave it out.")
    }
    do { _ = try JSONParser.check(bytes[...]) } catch {
      throw Failure.usage("\(option) is not JSON: \(error). A text needs its quotes: '\"text\"'.")
    }
  }

  private func expectations() throws -> [String: Turn.Expectation] {
    var result: [String: Turn.Expectation] = [:]
    for item in expect {
      guard let equals = item.lastIndex(of: "="), equals > item.startIndex else {
        throw Failure.usage("--expect must be STREAM=REVISION, as in order-118=17; not '\(item)'.")
      }
      let value = item[item.index(after: equals)...]
      switch value {
      case "none": result[String(item[..<equals])] = .noStream
      case "exists": result[String(item[..<equals])] = .streamExists
      case "any": result[String(item[..<equals])] = .any
      default:
        guard let revision = Revision(value) else {
          throw Failure.usage(
            "--expect \(item): '\(value)' is not a revision, 'none', 'exists' or 'any'.")
        }
        result[String(item[..<equals])] = .revision(revision)
      }
    }
    return result
  }
}

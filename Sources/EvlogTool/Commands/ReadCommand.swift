import EvlogJSON
import ArgumentParser
import EvlogAnswers
import EvlogSources
import EvlogStore

/// Which events a verb shows.
struct QueryOptions: ParsableArguments {
  @Option(help: "The first offset, or a time (RFC 3339): the first event at that time or later.")
  var from: CutArgument = .number(0)
  @Option(help: "The offset before which to stop, or a time.") var to: CutArgument?
  @Option(help: "Only this stream.") var stream: String?
  @Option(help: "Only this event type; repeatable.") var type: [String] = []
  @Option(help: "Only events recorded at this time (RFC 3339) or later.") var since: String?
  @Option(help: "Only events recorded before this time.") var until: String?
  @Option(help: "At most this many events.") var limit: Int?
  @Flag(help: "The last event first.") var backwards = false

  func validate() throws {
    for time in [since, until].compactMap({ $0 }) where Timestamp(time) == nil {
      throw ValidationError("The time '\(time)' \(TimeText.rule(for: time))")
    }
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative.") }
  }

  func query(in log: any History) throws -> Query {
    Query(
      from: try from.cut(in: log), to: try to?.cut(in: log), stream: stream,
      types: type.isEmpty ? nil : Set(type),
      since: since.flatMap { Timestamp($0) }, until: until.flatMap { Timestamp($0) },
      isBackwards: backwards, limit: limit)
  }
}

struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Print events, selected by offset, stream, type and time.",
    discussion: """
      EXAMPLES
        evlog read shop.evlog --stream order-118 --backwards --limit 5
        evlog read shop.evlog --ndjson --since 2026-03-01T10:00:00Z > events.ndjson
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var query: QueryOptions
  @Flag(help: "Print one JSON object per line, as import reads it, with data byte for byte.")
  var ndjson = false

  func run() throws {
    let history = try store.history(passing: query.from, query.to)
    let query = try query.query(in: history)
    guard store.json || ndjson else {
      var rows = try history.reader(of: query)
      while let row = try rows.nextBatch(atLeast: 1) {
        for event in row { Output.standard.line(EventText.line(event)) }
      }
      return
    }
    var isFirst = true
    var bytes: [UInt8] = []
    if store.json { Output.standard.text(#"{"evlog":1,"command":"read","events":["#) }
    try history.forEachEvent(of: query) { event, log in
      bytes.removeAll(keepingCapacity: true)
      if store.json, !isFirst { bytes.append(UInt8(ascii: ",")) }
      event.appendNDJSON(to: &bytes, log: log)
      if !store.json { bytes.append(0x0A) }
      Output.standard.json(bytes)
      isFirst = false
      return true
    }
    if store.json { Output.standard.line("],\"end\":\(history.end)}") }
  }
}

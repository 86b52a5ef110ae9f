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
    var reader = try history.reader(of: try query.query(in: history))
    var isFirst = true
    if store.json { Output.standard.text(#"{"evlog":1,"command":"read","events":["#) }
    while let row = try reader.nextBatch(atLeast: 1) {
      for event in row {
        if store.json {
          if !isFirst { Output.standard.text(",") }
          Output.standard.json(event.ndjson)
        } else if ndjson {
          Output.standard.json(event.ndjson + [0x0A])
        } else {
          Output.standard.line(EventText.line(event))
        }
        isFirst = false
      }
    }
    if store.json { Output.standard.line("],\"end\":\(history.end)}") }
  }
}

import EvlogJSON
import ArgumentParser
import EvlogAnswers
import EvlogStore

struct TailCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tail", abstract: "Print the last events, then each new one as it is appended.",
    discussion: """
      Shows exactly what is durable, also while another process writes. Ctrl-C ends it.

      EXAMPLES
        evlog tail shop.evlog --type StockReserved
        evlog tail shop.evlog --from 0 --ndjson | jq .data.sku
      """)

  @OptionGroup var store: StoreOptions
  @Option(help: "The first offset; the last ten events by default.") var from: Cut?
  @Option(help: "How many of the last events to print first.") var lines: UInt64 = 10
  @Option(help: "Only this stream.") var stream: String?
  @Option(help: "Only this event type; repeatable.") var type: [String] = []
  @Option(help: "Stop after this many events.") var limit: Int?
  @Flag(help: "Print one JSON object per line, as import reads it.") var ndjson = false

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit must not be negative.") }
  }

  func run() async throws {
    let log = try store.openForReading()
    var left = limit ?? .max
    if left == 0 { return }
    let query = Query(stream: stream, types: type.isEmpty ? nil : Set(type))
    let start = from ?? (UInt64(log.end) > lines ? log.end - lines : 0)
    for try await event in log.subscribe(from: start, query) {
      if ndjson || store.json {
        Output.standard.json(event.ndjson + [0x0A])
      } else {
        Output.standard.line(EventText.line(event))
      }
      // What has come must be seen now, unless there is more of it.
      if event.offset.cutAfter >= log.end { Output.standard.flush() }
      left -= 1
      if left == 0 { return }
    }
  }
}

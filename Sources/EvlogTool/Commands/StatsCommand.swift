import ArgumentParser
import EvlogReplay
import EvlogStore

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Describe a log: events, types, streams, sizes, times.",
    discussion: """
      Reads the indexes and the events' times, not their data.

      EXAMPLES
        evlog stats shop.evlog
        evlog stats shop.evlog --segments --top 0
        evlog stats shop.evlog --json | jq .types
      """)

  @OptionGroup var store: StoreOptions
  @Option(help: "How many types and streams to list.") var top: Int = 10
  @Flag(help: "List the segments, each with its offsets, sizes and times.") var segments = false

  func validate() throws {
    if top < 0 { throw ValidationError("--top must not be negative.") }
  }

  func run() throws {
    let log = try store.openForReading()
    let room = try SnapshotStore(log: log).room()
    let statistics = Statistics(
      log: "\(log.id)", end: log.end, counts: try log.counts(),
      segments: try log.segmentInfoWithTimes(), backwards: try log.timesBackwards(),
      caches: [
        ("snapshots", room.snapshots), ("verdicts", room.verdicts), ("indexes", room.indexes),
        ("other", room.other),
      ])
    if store.json {
      statistics.report.print()
    } else {
      statistics.print(top: top, segmentTable: segments)
    }
  }
}

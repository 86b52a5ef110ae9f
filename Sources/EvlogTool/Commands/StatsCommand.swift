import ArgumentParser
import EvlogAnswers
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
    func files(_ room: SnapshotStore.Room) -> Answers.Files {
      Answers.Files(room.files, bytes: room.bytes)
    }
    let answer = Answers.Stats(
      log, try log.counts(), try log.segmentInfoWithTimes(), try log.timesBackwards(),
      caches: [
        "snapshots": files(room.snapshots), "verdicts": files(room.verdicts),
        "indexes": files(room.indexes), "other": files(room.other),
      ])
    if store.json { return try answer.print() }
    Statistics(answer: answer).print(top: top, segmentTable: segments)
  }
}

import ArgumentParser
import EvlogAnswers
import EvlogCore

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Check a log and its disk, and report on one page.",
    discussion: """
      Examines the identity, the writer's lock, the durable mark, the segments' headers and \
      indexes, the quarantine, the file system and its free space, and the clock. In a temporary \
      file beside the log, it measures how long the disk takes to store what is written. It \
      changes nothing else.

      Exits with 0 if the log is healthy, with 1 if something needs attention, and with 5 if the \
      log is damaged; each finding says what to do next. To check every byte, use 'evlog verify'.

      EXAMPLES
        evlog doctor shop.evlog
        evlog doctor shop.evlog --no-probe --json
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Do not measure how long the disk takes to store data.") var noProbe = false

  func run() throws {
    let checkup = try Checkup(store.store, probes: !noProbe)
    if store.json { try checkup.answer.print() } else { checkup.answer.print(path: store.store) }
    if checkup.status != .clean { throw Failure(checkup.status, "") }
  }
}

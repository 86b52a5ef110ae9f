import ArgumentParser
import EvlogAnswers
import EvlogStore

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say on one page whether a log and its disk are well.",
    discussion: """
      Looks at the identity, the writer's lock, the durable mark, the segments' headers and \
      indexes, the quarantine, the file system and its room, the clock, and, in a temporary file \
      beside the log, at how long the disk takes to store what is written. Changes nothing else.

      Exits with 0 where the log is healthy, with 1 where something should be looked at, with 5 \
      where it is damaged; each finding says what to do next. All bytes are read by 'evlog verify'.

      EXAMPLES
        evlog doctor shop.evlog
        evlog doctor shop.evlog --no-probe --json
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Do not measure how long the disk takes.") var noProbe = false

  func run() throws {
    let checkup = try Checkup(store.store, probes: !noProbe)
    if store.json { try checkup.answer.print() } else { checkup.answer.print(path: store.store) }
    if checkup.status != .clean { throw Failure(checkup.status, "") }
  }
}

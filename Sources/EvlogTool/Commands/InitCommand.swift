import ArgumentParser
import EvlogAnswers
import EvlogReplay
import EvlogStore

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Create an empty log.",
    discussion: """
      EXAMPLES
        evlog init shop.evlog
        evlog init shop.evlog --segment-mib 256
      """)

  @OptionGroup var store: StoreOptions

  @Option(help: "The size at which a segment is full, in MiB.")
  var segmentMib: Int = 64

  func validate() throws {
    guard (1...4096).contains(segmentMib) else {
      throw ValidationError("--segment-mib must be from 1 to 4096.")
    }
  }

  func run() throws {
    var options = EventLog.Options()
    options.segmentBytes = segmentMib << 20
    let log = try EventLog.create(store.path, options: options)
    log.close()
    if store.json {
      var answer = Answers.Init()
      answer.log = "\(log.id)"
      answer.path = "\(store.path)"
      try answer.print()
    } else {
      Output.standard.line("made an empty log: \(store.path)")
    }
  }
}

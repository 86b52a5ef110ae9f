import ArgumentParser
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogSources
import EvlogStore

/// Tries events on states, in a process of its own. It is for `map --probe`, not for people.
struct MapProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map-probe", abstract: "Trials of map --probe.", shouldDisplay: false)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var edits: EditArguments
  @Option var by: String?

  func run() throws {
    var lines = try InputLines("-")
    var trials: [RegionTrial] = []
    while let line = try lines.next() {
      trials.append(try StateDecoder().decode(RegionTrial.self, from: line.bytes[...]))
    }
    let rule = try by.map { RegionRule.value(try StatePath(parsing: $0)) } ?? .declared
    let replayer = Replayer(try machine.load(), over: try edits.past(of: try store.history()))
    func tell(_ told: MapProbe.Told) throws {
      Output.standard.json(try StateEncoder().canonicalBytes(of: told) + [0x0A])
      // What comes next may be the end of the process.
      Output.standard.flush()
    }
    try replayer.attempt(
      trials, by: rule, began: { try tell(.init(trial: $0)) },
      ended: { try tell(.init(trial: $0, outcome: $1)) })
  }
}

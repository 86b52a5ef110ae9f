import ArgumentParser
import EvlogForensics
import EvlogReplay
import EvlogStore

/// Tries events on states, in a process of its own. It is for `map --probe`, not for people.
struct MapProbeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map-probe", abstract: "Trials of map --probe.", shouldDisplay: false)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @Option var by: String?

  func run() throws {
    var lines = try InputLines("-")
    var trials: [RegionTrial] = []
    while let line = try lines.next() {
      guard let json = JSONValue(validating: line.bytes[...]), let trial = RegionTrial(json: json)
      else { throw Failure.usage("Line \(line.number) is not a trial.") }
      trials.append(trial)
    }
    let rule = try by.map { RegionRule.value(try StatePath(parsing: $0)) } ?? .declared
    let replayer = Replayer(try machine.load(), over: try EventLog.openReadOnly(store.path))
    func tell(_ i: Int, _ members: [(String, JSONValue)]) {
      let told = JSONValue.object(JSONObject([("trial", .int(i))] + members))
      Output.standard.json(told.canonicalBytes + [0x0A])
      // What comes next may be the end of the process.
      Output.standard.flush()
    }
    try replayer.attempt(
      trials, by: rule, began: { tell($0, []) }, ended: { tell($0, $1.members) })
  }
}

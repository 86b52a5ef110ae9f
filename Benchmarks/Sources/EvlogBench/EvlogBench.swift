import ArgumentParser
import CEvents

@main
struct EvlogBench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evlog-bench",
    abstract: "evlog beside the limit of the machine and beside other stores.",
    subcommands: [MeasureCommand.self, RunCommand.self],
    defaultSubcommand: MeasureCommand.self)
}

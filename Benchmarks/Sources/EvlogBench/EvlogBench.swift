import ArgumentParser
import CEvents

@main
struct EvlogBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evlog-bench",
    abstract: "evlog beside the limit of the machine and beside other stores.",
    subcommands: [
      MeasureCommand.self, CountersCommand.self, NDJSONCommand.self, RunCommand.self,
    ],
    defaultSubcommand: MeasureCommand.self)
}

/// The events for other programs.
struct NDJSONCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ndjson", abstract: "Print the events as lines that `evlog import` takes.")

  @Option(help: "What kind of events: seq, rnd or bin.") var variant = Variant.seq
  @Option(help: "How many.") var events: UInt64 = 1_000_000

  func run() {
    let load = Scale(variant: variant).dataSet(events)
    unsafe load.withTask { task in _ = unsafe bench_ndjson_write(task, 1) }
  }
}

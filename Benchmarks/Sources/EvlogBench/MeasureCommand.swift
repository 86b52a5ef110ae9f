import ArgumentParser
import FoundationEssentials

/// Runs works and prints their tables.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Run the works, and print a table of each.",
    discussion: """
      Each contestant works alone in a process of its own, and each comes once in a round. \
      Nothing else should run on the machine meanwhile.
      """)

  @Flag(help: "Fewer events and rounds: about a minute.") var quick = false
  @Option(help: "Only these works, with commas between.") var only: String?
  @Option(help: "Events in every log that is read, and in appends of large turns.")
  var events: UInt64?
  @Option(help: "How often each contestant does each work.") var rounds: Int?
  @Option(help: "What kind of events: seq, rnd or bin.") var variant = Variant.seq
  @Option(help: "The folder to work in; on the disk that is to be measured.")
  var dir: String = ".build/work"
  @Flag(help: "Keep the logs that were made for reading, and use those that are there.")
  var keep = false
  @Option(help: "A file for all figures, as JSON.") var json: String?

  func validate() throws {
    if let events, events < 10_000 { throw ValidationError("--events must be at least 10000.") }
    if let rounds, rounds < 1 { throw ValidationError("--rounds must be at least 1.") }
    _ = try works()
  }

  private func works() throws -> [Work] {
    var scale = quick ? Scale.quick : Scale.full
    scale.variant = variant
    if let events {
      scale.events = events
      scale.appended = events
      scale.sealed = events
      scale.opened = events
      scale.scanned = [events / 5, events * 2 / 5, events]
    }
    if let rounds { scale.rounds = rounds }
    guard let only else { return scale.works }
    let names = only.split(separator: ",").map(String.init)
    for name in names where !scale.works.contains(where: { $0.name == name }) {
      throw ValidationError(
        "There is no work '\(name)'. There are "
          + scale.works.map(\.name).joined(separator: ", ") + ".")
    }
    return scale.works.filter { names.contains($0.name) }
  }

  func run() throws { try waiting { try await measure() } }

  private func measure() async throws {
    let folder = dir + "/evlog-benchmarks"
    if !keep { try? FileManager.default.removeItem(atPath: folder) }
    let rounds = rounds ?? (quick ? Scale.quick : Scale.full).rounds
    var runner = try Runner(folder: folder, rounds: rounds)
    var results: [WorkResult] = []
    for work in try works() {
      let result = try await runner.run(work)
      for line in Report(work: work, result: result).lines { print(line) }
      results.append(result)
      if let json { try JSONEncoder().encode(results).write(to: URL(filePath: json)) }
    }
    if !keep { try FileManager.default.removeItem(atPath: folder) }
  }
}

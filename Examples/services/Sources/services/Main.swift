import ArgumentParser
import Evlog
import EvlogTool
import Shop
import SystemPackage

/// All of evlog's verbs over the shop, and one of its own.
@main
enum Main {
  static func main() async {
    await EvlogTool.main(machines: [Shop().program], commands: [RecordMorning.self])
  }
}

struct RecordMorning: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "morning", abstract: "Record a morning, and see what else could have happened.")

  @Argument(help: "A new folder.") var folder: String
  @Flag(help: "Release stock because of the refund.") var fixed = false

  func run() async throws {
    let history = try await Morning(isFixed: fixed).record(in: FilePath(folder)).history()
    print("\(history.end) events in \(folder)/shop.group")
    for promise in Shop().program.descriptor.invariants.map(\.name) {
      guard let race = try await Race(promise, of: Shop().program, in: history) else {
        print("In every run, \(promise).")
        continue
      }
      print("Not in every run: \(promise). It breaks at \(race.cut).")
      if let edge = race.missing {
        print("An edge from \(edge.cause.name) to \(edge.effect.name) would forbid that.")
      }
      for event in race.events { print("  \(event.stream) \(event.type)") }
      let few = try await race.write(to: FilePath(folder).appending("few"))
      print("Logs of these few are in \(folder)/few: \(few.names.joined(separator: ", ")).")
    }
  }
}

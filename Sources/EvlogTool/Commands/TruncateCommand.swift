import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore
import SystemPackage

struct TruncateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "truncate", abstract: "Cut off the end of a log, and keep a copy of it.",
    discussion: """
      Without --drop, changes nothing: it says what would be removed, prints the command that does \
      it, and exits with 1. With --drop, it removes every event from the cut on; the number must \
      be the number of those events. The cut must be the beginning of a turn.

      No other process may have the log open. What comes before the cut must be readable; what \
      comes after it need not be, so this is how to cut off damage. Copies of all removed files \
      stay in the log's folder 'quarantine'. A crash leaves the log as it was, or the next writer \
      finishes the truncation.

      EXAMPLES
        evlog truncate shop.evlog --to 7777
        evlog truncate shop.evlog --to 7777 --drop 4703
        evlog truncate shop.evlog --to 7777 --json
      """)

  @OptionGroup var store: StoreOptions
  @Option(help: ArgumentHelp("The cut at which the log ends.", valueName: "cut")) var to: Cut
  @Option(help: ArgumentHelp("Do it: remove this many events.", valueName: "number"))
  var drop: UInt64?

  func run() throws {
    let isDone = drop != nil
    let plan: Truncation
    if let drop {
      plan = try EventLog.truncate(store.path, to: to, dropping: drop)
    } else {
      let progress = Progress("looking", of: nil, unless: store.json)
      plan = try EventLog.planTruncation(store.path, to: to) { progress.update($0) }
      progress.finish()
    }
    if store.json {
      try Answers.Truncate(plan, isDone: isDone).print()
    } else {
      text(plan, isDone)
    }
    if !isDone, plan.eventCount > 0 { throw Failure(.found, "") }
  }

  private var command: String {
    "\(EvlogTool.name) truncate \(Words.shell(store.store)) --to \(to) --drop "
  }

  private func text(_ plan: Truncation, _ isDone: Bool) {
    let out = Output.standard
    guard plan.eventCount > 0 else {
      out.line("The log ends at cut \(plan.cut): there is nothing to remove.")
      return
    }
    var what = Words.count(plan.eventCount, "event")
    what += " in \(Words.count(plan.turnCount, "turn")), offsets "
    what += "\(plan.offsets.lowerBound)..<\(plan.offsets.upperBound)"
    out.line("\(isDone ? "removed" : "would go")  \(what)")
    if plan.unreadableCount > 0 {
      out.line("unreadable  \(Words.count(plan.unreadableCount, "event")) of them")
    }
    if let times = plan.times { out.line("times    \(times.lowerBound) to \(times.upperBound)") }
    for (label, event) in [("first", plan.first), ("last ", plan.last)] {
      guard let event else { continue }
      out.line(
        "\(label)    \(event.offset)  \(Words.plain(event.type))  \(Words.plain(event.stream))")
    }
    for file in plan.files { out.line("file     \(file.lastComponent?.string ?? "")") }
    if let folder = plan.quarantined { out.line("copies   \(folder)") }
    if !isDone { out.line("To do it: \(command)\(plan.eventCount)") }
  }
}

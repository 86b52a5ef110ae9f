import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore
import SystemPackage

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair", abstract: "Repair a damaged log as far as possible.",
    discussion: """
      Without --apply, changes nothing: it reads the whole log, says what is wrong, what would be \
      done and what is lost, and exits with 1 if there is anything to do. With --apply, it does \
      everything that loses no event: it rewrites segments whose events can all be read, moves \
      away files that do not belong there, recreates a lost identity, and finishes what was \
      interrupted.

      If events can no longer be read, pass their exact number to --lose: it puts a placeholder in \
      the place of each, an event of the type 'evlog.lost', so that no other event changes its \
      offset. Try a backup first. Copies of all replaced files stay in the log's folder \
      'quarantine'.

      Exits with 5 if events are lost and --lose does not give their number, or if the log cannot \
      be repaired.

      EXAMPLES
        evlog repair shop.evlog
        evlog repair shop.evlog --apply
        evlog repair shop.evlog --apply --lose 118
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Make the repairs.") var apply = false
  @Option(help: ArgumentHelp("Give up this many events.", valueName: "number"))
  var lose: UInt64?

  func validate() throws {
    if lose != nil, !apply { throw ValidationError("--lose needs --apply.") }
  }

  func run() throws {
    let progress = Progress("verifying", of: nil, unless: store.json)
    let repair =
      apply
      ? try EventLog.repair(store.path, losing: lose) { progress.update($0) }
      : try EventLog.planRepair(store.path)
    progress.finish()
    if store.json {
      let isDone = apply && repair.doneCount == repair.steps.count
      try Answers.Repair(repair, isDone: isDone, done: self.isDone).print()
    } else {
      text(repair)
    }
    if apply {
      if repair.doneCount < repair.steps.count { throw Failure(.damagedLog, "") }
    } else if !repair.isClean {
      throw Failure(.found, "")
    }
  }

  private func isDone(_ step: Repair.Step) -> Bool {
    apply && (lose != nil || step.lost.isEmpty)
  }

  private func text(_ repair: Repair) {
    let out = Output.standard
    if repair.mustFinishTruncation {
      out.line("A truncation was interrupted; --apply finishes it. Then look again.")
    }
    for step in repair.steps {
      out.line("\(step.file.lastComponent?.string ?? "")  \(step.problem)")
      out.line("  \(isDone(step) ? "done" : "to do"): \(step.action)")
      for lost in step.lost.prefix(20) {
        out.line(
          "  lost: \(Words.count(lost.count, "event")), offsets \(lost.lowerBound)..<\(lost.upperBound)"
        )
      }
      if step.lost.count > 20 { out.line("  … \(step.lost.count - 20) more stretches") }
    }
    if let recovery = repair.recovery, !recovery.isClean {
      for line in recovery.lines {
        out.line("\(apply ? "done" : "to do, by --apply or the next writer"): \(line)")
      }
    }
    if let folder = repair.quarantined { out.line("copies: \(folder)") }
    if repair.isClean { out.line("There is nothing to repair.") }
    let command = "\(EvlogTool.name) repair \(Words.shell(store.store)) --apply"
    if repair.doneCount < repair.steps.count || !apply && !repair.isClean {
      let left = repair.steps.filter { !isDone($0) }.reduce(0) { $0 + $1.lostCount }
      if left > 0 {
        out.line(
          "\(Words.count(left, "event")) cannot be read. To give them up: \(command) --lose \(left)"
        )
      } else {
        out.line("No event is lost. To do it: \(command)")
      }
    }
  }
}

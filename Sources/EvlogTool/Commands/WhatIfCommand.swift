import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogStore

struct WhatIfCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract: "Replay an edited past, and show which verdicts and states change.",
    discussion: """
      Nothing is written: the log is replayed as it is and, beside that, with the edits. The \
      answer says which invariants are no longer violated, newly violated, or violated by other \
      events; from which cut on the states differ, and from which on they are the same again; and \
      what differs at the end. Exits with 1 if anything changes.

      A replaced or inserted event happens at the time of the event at that offset, unless it \
      brings a time of its own. Dropping events leaves the offsets and revisions of the others as \
      they are.

      The other questions take the same edits, and are then about the edited past, in which events \
      are numbered from 0 again: bisect, state, replay, diff, blame, why, minimise, map, compare, \
      audit, debug.

      EXAMPLES
        evlog what-if shop.evlog --machine shop.js --drop 7777
        evlog what-if shop.evlog --machine shop.js --replace '7777:{"data":{"sku":"A-7","quantity":4}}'
        evlog what-if shop.evlog --machine shop.js --drop type=OrderCancelled --to 9000
      """)

  @OptionGroup var store: HistoryOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var edits: EditArguments
  @Option(help: "The last cut to replay, or a time; the log's end by default.") var to: CutArgument?
  @OptionGroup var page: PageOptions

  func run() async throws {
    let program = try machine.load()
    let history = try store.history(passing: to)
    let list = try edits.edits(of: history)
    if list.isEmpty {
      throw Failure.usage(
        "Say what would have been different: --drop, --replace, --insert, --swap.")
    }
    let page = try page.open()
    let to = try to?.cut(in: history)
    let progress = Progress("replaying", of: to ?? history.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: history, progress: progress)
      .whatIf(list, to: to)
    progress.finish()
    try page?.write(answer)
    try ComparisonText(answer: answer, names: ("as it was", "as edited")).report(isJSON: store.json)
  }
}

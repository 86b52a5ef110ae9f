import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogReplay
import EvlogStore

struct WhatIfCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if", abstract: "Replay with another past: which verdicts and states change.",
    discussion: """
      Nothing is written: the log is replayed as it is and, beside that, with the edits. It says \
      which invariants are violated no more, newly, or by other events; from which cut on the states \
      differ, and from which they are the same again; and what is different in the end. Exits with 1 \
      where anything changes.

      An event that is replaced or inserted happens at the time of the event in its place, unless it \
      brings a time. Dropped events leave the offsets and revisions of the others as they are.

      EXAMPLES
        evlog what-if shop.evlog --machine shop.js --drop 7777
        evlog what-if shop.evlog --machine shop.js --replace '7777:{"data":{"sku":"A-7","quantity":4}}'
        evlog what-if shop.evlog --machine shop.js --drop type=OrderCancelled --to 9000
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var edits: EditArguments
  @Option(help: "The last cut to replay, or a time; the log's end by default.") var to: CutArgument?

  func run() async throws {
    let program = try machine.load()
    let log = try store.openForReading()
    let list = try edits.edits(of: log)
    if list.isEmpty {
      throw Failure.usage(
        "Say what would have been different: --drop, --replace, --insert, --swap.")
    }
    let to = try to?.cut(in: log)
    let progress = Progress("replaying", of: to ?? log.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: log, progress: progress)
      .whatIf(list, to: to)
    progress.finish()
    try ComparisonText(answer: answer, names: ("as it was", "as edited")).report(isJSON: store.json)
  }
}

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Run two machines over a log: where they first disagree.",
    discussion: """
      The states of both are compared after every event, so that a difference is found that heals \
      at once; and the verdicts of the invariants that have the same name. Exits with 1 where \
      anything differs, so a new version of a machine can be tried on real events before it is used.

      EXAMPLES
        evlog compare shop.evlog --machine shop.js --against shop-new.js
        evlog compare shop.evlog --machine shop.js --against shop-new.js --to 7777 --json
      """)

  @OptionGroup var store: StoreOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var edits: EditArguments
  @Option(help: "The other machine: a JavaScript file, or one that is compiled in.")
  var against: String
  @Option(help: "The last cut to replay, or a time; the log's end by default.") var to: CutArgument?

  func run() async throws {
    let (program, other) = (try machine.load(), try machine.load(against))
    let past = try edits.past(of: try store.openForReading())
    let to = try to?.cut(in: past)
    let progress = Progress("replaying", of: to ?? past.end, unless: store.json)
    defer { progress.finish() }
    let answer = try await machine.investigation(program, of: past, progress: progress)
      .compare(with: other, to: to)
    progress.finish()
    try ComparisonText(answer: answer, names: (machine.machine, against))
      .report(isJSON: store.json)
  }
}

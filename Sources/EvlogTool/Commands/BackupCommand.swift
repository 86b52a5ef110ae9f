import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore
import SystemPackage

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy a log, or what is new in it, to another folder.",
    discussion: """
      A writer may go on meanwhile: the copy ends at a cut. The copy is itself a log, with the \
      same identity, and every verb can read it. The next backup to the same folder copies only \
      what is new. At the end, the copy is read in full, and its digest is compared with the \
      log's.

      Do not write to a backup: it would diverge from the log, and the next backup would refuse \
      it.

      EXAMPLES
        evlog backup shop.evlog /mnt/backup/shop.evlog
        evlog backup shop.evlog /mnt/backup/shop.evlog --json
      """)

  @OptionGroup var store: StoreOptions
  @Argument(help: "The folder of the backup.", completion: .directory) var folder: String

  func run() throws {
    let progress = Progress("copying", of: nil, unless: store.json)
    let made = try EventLog.backup(store.path, to: FilePath(folder)) { done, _ in
      progress.update(done)
    }
    progress.finish()
    try made.report("backup", to: folder, as: "the log's", isJSON: store.json)
  }
}

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Restore a log from a backup.",
    discussion: """
      The new log's folder must not exist yet: a log is never restored over another one. It gets \
      its name only when it is complete and has been read in full. With --to, it ends at that cut, \
      which must be the beginning of a turn.

      EXAMPLES
        evlog restore /mnt/backup/shop.evlog shop.evlog
        evlog restore /mnt/backup/shop.evlog shop.evlog --to 7777
      """)

  @Argument(help: "The backup's folder.", completion: .directory) var backup: String
  @Argument(help: "The new log's folder.") var log: String
  @Option(help: ArgumentHelp("The cut at which the log ends.", valueName: "cut")) var to: Cut?
  @Flag(help: "Print one JSON object instead of text.") var json = false

  func run() throws {
    let progress = Progress("copying", of: nil, unless: json)
    let made = try EventLog.restore(FilePath(backup), to: FilePath(log), at: to) { done, _ in
      progress.update(done)
    }
    progress.finish()
    try made.report("restore", to: log, as: "the backup's", isJSON: json)
  }
}

extension Backup {
  /// Says what was made; `original` has the same digest.
  fileprivate func report(
    _ verb: String, to folder: String, as original: String, isJSON: Bool
  ) throws {
    if isJSON { return try Answers.Copy(self, at: folder, verb).print() }
    let out = Output.standard
    out.line("\(Words.count(cut, "event")), up to cut \(cut)")
    out.line(
      "copied     \(Words.bytes(copiedBytes)); \(Words.bytes(presentBytes)) were there already")
    out.line("digest     \(digest), as \(original)")
    if let lastTime { out.line("last event \(lastTime)") }
  }
}

import ArgumentParser
import EvlogReplay
import EvlogStore
import SystemPackage

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy a log, or what is new of it, to another folder.",
    discussion: """
      A writer may go on meanwhile: the copy ends at a cut. The folder is a log itself, of the same \
      identity, to be read with every verb. The next backup to the same folder copies only what is \
      new. In the end the copy is read in full, and its digest compared with the log's.

      Do not write to a backup: it would go its own way, and the next backup would refuse it.

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
    made.report("backup", to: folder, as: "the log's", isJSON: store.json)
  }
}

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Make a log from a backup.",
    discussion: """
      Nothing may be where the log is to be: a log is never restored over another one. It gets its \
      name when it is whole and was read in full. With --to it ends at a cut, which must be the \
      beginning of a turn.

      EXAMPLES
        evlog restore /mnt/backup/shop.evlog shop.evlog
        evlog restore /mnt/backup/shop.evlog shop.evlog --to 7777
      """)

  @Argument(help: "The backup's folder.", completion: .directory) var backup: String
  @Argument(help: "The log's folder, which is made.") var log: String
  @Option(help: ArgumentHelp("Where the log is to end.", valueName: "cut")) var to: Cut?
  @Flag(help: "Print one JSON object instead of text.") var json = false

  func run() throws {
    let progress = Progress("copying", of: nil, unless: json)
    let made = try EventLog.restore(FilePath(backup), to: FilePath(log), at: to) { done, _ in
      progress.update(done)
    }
    progress.finish()
    made.report("restore", to: log, as: "the backup's", isJSON: json)
  }
}

extension Backup {
  /// Says what was made; `original` has the same digest.
  fileprivate func report(
    _ verb: String, to folder: String, as original: String, isJSON: Bool
  ) {
    if isJSON {
      var report = Report(verb)
      report["path"] = .string(folder)
      report["cut"] = .int(cut)
      report["copiedBytes"] = .int(copiedBytes)
      report["presentBytes"] = .int(presentBytes)
      report["digest"] = .string("\(digest)")
      report["lastTime"] = .optional(lastTime.map { "\($0)" })
      report.print()
      return
    }
    let out = Output.standard
    out.line("\(Words.count(cut, "event")), up to cut \(cut)")
    out.line(
      "copied     \(Words.bytes(copiedBytes)); \(Words.bytes(presentBytes)) were there already")
    out.line("digest     \(digest), as \(original)")
    if let lastTime { out.line("last event \(lastTime)") }
  }
}

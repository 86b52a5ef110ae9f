import ArgumentParser
import EventLog
import Replay

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read every byte of a log and check it.",
    discussion: """
      Changes nothing. Exits with 0 where everything is well, with 1 where there is an interrupted \
      write that the next writer will clear away, and with 5 where acknowledged data is damaged.

      EXAMPLES
        evlog verify shop.evlog
        evlog verify shop.evlog --json
      """)

  @OptionGroup var store: StoreOptions

  func run() throws {
    let log = try EventLog.openReadOnly(store.path)
    let progress = Progress("verifying", of: log.end, unless: store.json)
    let problems = log.verify { progress.update($0) }
    progress.finish()
    let torn = log.recovery.tornTail
    if store.json {
      var report = Report("verify")
      report["events"] = .int(log.end)
      report["segments"] = .int(log.recovery.segmentCount)
      report["digest"] = problems.isEmpty ? .string("\(try log.digest(at: log.end))") : .null
      report["damage"] = .array(problems.map { .string("\($0)") })
      report["tornTail"] = torn.map {
        .object([
          ("file", .string("\($0.file)")), ("byte", .int($0.byte)), ("bytes", .int($0.byteCount)),
        ])
      }
      report.print()
    } else {
      for problem in problems { Output.standard.line("DAMAGED  \(problem)") }
      if let torn {
        Output.standard.line(
          "torn tail  \(torn.byteCount) bytes of an interrupted write, acknowledged to nobody "
            + "(\(torn.file), byte \(torn.byte)); the next writer keeps a copy and clears it away")
      }
      if problems.isEmpty {
        Output.standard.line(
          "\(Words.count(log.end, "event")) in \(Words.count(log.recovery.segmentCount, "segment")): "
            + "all checksums hold; digest \(try log.digest(at: log.end))")
      }
    }
    if !problems.isEmpty { throw Failure(.damagedLog, "") }
    if torn != nil { throw Failure(.found, "") }
  }
}

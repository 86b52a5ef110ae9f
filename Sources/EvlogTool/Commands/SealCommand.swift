import ArgumentParser
import EventLog
import Replay

struct SealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Compress everything that is in the log now.",
    discussion: """
      Segments are compressed by themselves when they are full; this does not wait for it.

      EXAMPLES
        evlog seal shop.evlog
        evlog seal shop.evlog --json
      """)

  @OptionGroup var store: StoreOptions

  func run() throws {
    let log = try store.openForWriting()
    let before = log.segmentInfo().reduce(0) { $0 + $1.byteCount }
    try log.seal()
    let segments = log.segmentInfo()
    let after = segments.reduce(0) { $0 + $1.byteCount }
    log.close()
    if store.json {
      var report = Report("seal")
      report["sealedSegments"] = .int(segments.filter(\.isSealed).count)
      report["bytesBefore"] = .int(before)
      report["bytesAfter"] = .int(after)
      report.print()
    } else {
      Output.standard.line(
        "\(Words.count(segments.filter(\.isSealed).count, "sealed segment")), "
          + "\(Words.bytes(before)) before, \(Words.bytes(after)) now")
    }
  }
}

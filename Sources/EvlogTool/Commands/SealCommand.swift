import ArgumentParser
import EvlogAnswers
import EvlogReplay
import EvlogStore

struct SealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Compress everything that is in the log now.",
    discussion: """
      Segments are compressed by themselves when they are full; this does not wait for it. With \
      --best it takes several times as long for a fifth fewer bytes, which are read as fast. What \
      is compressed already stays as it is.

      EXAMPLES
        evlog seal shop.evlog
        evlog seal shop.evlog --best
        evlog seal shop.evlog --json
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Spend more time on fewer bytes.") var best = false

  func run() throws {
    let log = try store.openForWriting()
    let before = log.segmentInfo().reduce(0) { $0 + $1.byteCount }
    try log.seal(best ? .best : .fast)
    let segments = log.segmentInfo()
    let after = segments.reduce(0) { $0 + $1.byteCount }
    log.close()
    if store.json {
      var answer = Answers.Seal()
      answer.sealedSegments = segments.filter(\.isSealed).count
      answer.bytesBefore = before
      answer.bytesAfter = after
      try answer.print()
    } else {
      Output.standard.line(
        "\(Words.count(segments.filter(\.isSealed).count, "sealed segment")), "
          + "\(Words.bytes(before)) before, \(Words.bytes(after)) now")
    }
  }
}

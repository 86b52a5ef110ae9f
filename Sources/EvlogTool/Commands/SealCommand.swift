import ArgumentParser
import EvlogAnswers
import EvlogReplay
import EvlogStore

struct SealCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "seal", abstract: "Compress everything in the log now.",
    discussion: """
      Segments are compressed automatically when they are full; seal does not wait for that. With \
      --best, it takes several times as long and needs a fifth fewer bytes, which are just as fast \
      to read. What is already compressed stays as it is.

      EXAMPLES
        evlog seal shop.evlog
        evlog seal shop.evlog --best
        evlog seal shop.evlog --json
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Spend more time to need fewer bytes.") var best = false

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

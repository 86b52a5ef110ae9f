import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Read and check every byte of a log.",
    discussion: """
      By default, every byte is read: checksums, decompression, and the digest of the events. \
      --quick reads the headers, trailers and indexes of compressed segments, and all of the \
      others; this takes a moment, even for a large log. --deep also checks that every index says \
      what the events say, and that no stream has a gap; it takes about twice as long.

      Changes nothing. Exits with 0 if everything is well, with 1 if a writer that ended left \
      something for the next one (an interrupted write to clear away, events that it could not \
      announce), and with 5 if acknowledged data is damaged.

      EXAMPLES
        evlog verify shop.evlog
        evlog verify shop.evlog --quick
        evlog verify shop.evlog --deep --json
      """)

  @OptionGroup var store: StoreOptions
  @Flag(help: "Read no compressed events, only their headers and indexes.") var quick = false
  @Flag(help: "Also compare every index with the events.") var deep = false

  func validate() throws {
    if quick, deep { throw ValidationError("Choose one of --quick and --deep.") }
  }

  func run() throws {
    let log = try EventLog.openReadOnly(store.path)
    let progress = Progress("verifying", of: log.end, unless: store.json)
    let depth: EventLog.Depth = quick ? .quick : deep ? .deep : .full
    let problems = log.verify(depth) { progress.update($0) }
    progress.finish()
    let torn = log.recovery.tornTail
    let unannounced = log.recovery.unannounced
    if store.json {
      try Answers.Verify(
        log, depth: "\(depth)", damage: problems.map { Words.error($0) },
        digest: problems.isEmpty ? try log.digest(at: log.end) : nil
      ).print()
    } else {
      for problem in problems { Output.standard.line("DAMAGED  \(Words.error(problem))") }
      if let unannounced {
        Output.standard.line(
          "unannounced  \(Words.count(unannounced.count, "event")) on disk, but not announced to readers, "
            + "offsets \(unannounced.lowerBound)..<\(unannounced.upperBound); the next writer takes them up"
        )
      }
      if let torn {
        Output.standard.line(
          "torn tail  \(torn.byteCount) bytes of an interrupted write, never acknowledged "
            + "(\(torn.file), byte \(torn.byte)); the next writer keeps a copy and clears it away")
      }
      if problems.isEmpty {
        Output.standard.line(
          "\(Words.count(log.end, "event")) in \(Words.count(log.recovery.segmentCount, "segment")): "
            + "\(depth.verdict); digest \(try log.digest(at: log.end))")
      }
    }
    if !problems.isEmpty { throw Failure(.damagedLog, "") }
    if torn != nil || unannounced != nil { throw Failure(.found, "") }
  }
}

extension EventLog.Depth {
  /// What is certain of a log in which nothing was found.
  fileprivate var verdict: String {
    switch self {
    case .quick: "headers and indexes hold"
    case .full: "all checksums hold"
    case .deep: "all checksums hold, and every index is true"
    }
  }
}

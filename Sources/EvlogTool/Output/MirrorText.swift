import EvlogAnswers
import EvlogEngines
import EvlogStore

/// What a mirror says to people.
struct MirrorText {
  let source: any EngineSource
  let log: String
  private let progress: Progress
  private let waits: Bool

  init(source: any EngineSource, log: String, _ progress: Progress, waits: Bool) {
    (self.source, self.log, self.progress, self.waits) = (source, log, progress, waits)
  }

  private func note(_ text: String) {
    progress.finish()
    Output.note(text)
  }

  func tell(_ notice: Mirror.Notice) {
    switch notice {
    case .progress(let done): progress.update(done)
    case .begins(let epoch, let next):
      if next > epoch.first {
        return note("going on at sequence \(Words.number(next)) of \(source.address).")
      }
      note(
        "mirroring \(source.address) from sequence \(Words.number(next))"
          + (next > 1
            ? "; the \(Words.count(next - 1, "message")) before it had expired." : "."))
    case .newEpoch(let epoch, let found):
      note(
        "\(Self.what(found)) A new epoch, number \(epoch.number), begins at sequence "
          + "\(Words.number(epoch.first)).")
    case .isAway(let error): note("\(error) Trying again.")
    case .isBack: note("\(source.address) is back.")
    case .gap(let gap, let isExpired):
      note(
        "\(Self.sequences(gap)) \(gap.count == 1 ? "has" : "have") no message: \(isExpired ? "expired" : "deleted")."
      )
    case .unverified(let position):
      note(
        "message \(Words.number(position)), the last one in the log, has expired: whether the stream is the same "
          + "was not compared.")
    case .caughtUp(let position, let missing):
      let behind =
        missing > 0 ? " The \(Words.count(missing, "message")) after it were deleted." : ""
      if waits {
        note(
          "caught up at sequence \(Words.number(position)).\(behind) Waiting for more; Ctrl-C ends it."
        )
      } else if missing > 0 {
        note("caught up at sequence \(Words.number(position)).\(behind)")
      }
    }
  }

  // MARK: Errors

  /// What is said of an error, if it is one of a mirror's.
  func failure(_ error: any Error) -> Failure? {
    switch error {
    case let error as Discontinuity:
      Failure(Self.status(of: error), "\(source.address): \(Self.what(error)) \(advice(error))")
    case let error as UnmappedRecord:
      .usage(
        "\(source.address), message \(Words.number(error.position)): \(Self.reason(error)) Nothing of "
          + "its batch was added.")
    case is UnreadableEpoch:
      Failure(
        .failed,
        "\(log): the event that names the log's source cannot be read. A later version may have written it."
      )
    case is MirrorChecker.NothingMirrored:
      .usage("\(log) mirrors nothing: there is nothing to compare with \(source.address).")
    default: nil
    }
  }

  static func status(of error: EngineError) -> ExitStatus {
    switch error.kind {
    case .unreachable, .interrupted, .notPermitted: .failed
    case .invalidAddress, .notBuiltIn, .notFound, .unsuitable: .usage
    }
  }

  private static func status(of found: Discontinuity) -> ExitStatus {
    switch found {
    case .otherSource: .usage
    case .recreated, .truncated, .different, .expired: .found
    case .unverifiable: .inconclusive
    }
  }

  private static func reason(_ error: UnmappedRecord) -> String {
    switch error.reason {
    case .mapping(let error): Words.reason(error)
    case .ownName(let name):
      "'\(name)' is a name that only evlog gives. To give the event another one: --map."
    }
  }

  private static func what(_ found: Discontinuity) -> String {
    switch found {
    case .otherSource(let known): "The log mirrors another stream, \(known)."
    case .recreated(let known, let now):
      "The stream was made again: it was created at \(now.created), and the one that the log mirrors at "
        + "\(known.created)."
    case .truncated(let last, let position):
      "The stream ends at sequence \(Words.number(last)), but the log has its messages up to "
        + "\(Words.number(position)): the server lost them, or it was restored from an older copy."
    case .different(let position, let part):
      "Message \(Words.number(position)) is not the one that the log has: the \(part) "
        + "\(part == "headers" ? "differ" : "differs")."
    case .expired(let positions):
      "\(sequences(positions)) expired before \(positions.count == 1 ? "it was" : "they were") mirrored."
    case .unverifiable(let position, let first):
      first > position
        ? "Message \(Words.number(position)), the last one in the log, has expired; the stream begins at "
          + "\(Words.number(first)). So it cannot be compared, and no message is known to be missing."
        : "The last messages in the log have been deleted from the stream, so they cannot be compared."
    }
  }

  private func advice(_ found: Discontinuity) -> String {
    switch found {
    case .otherSource: "Give each stream a log of its own."
    case .recreated, .truncated, .different:
      "Nothing was added. To see what else differs: --check. To go on with the stream as it is now: --new-epoch."
    case .expired: "Nothing was added. To go on with an event that says so: --allow-gap."
    case .unverifiable: "To go on all the same: --allow-gap."
    }
  }

  static func sequences(_ range: Range<UInt64>) -> String {
    range.count == 1
      ? "Sequence \(Words.number(range.lowerBound))"
      : "Sequences \(Words.number(range.lowerBound)) to \(Words.number(range.upperBound - 1))"
  }

  // MARK: Answers

  static func line(_ answer: Answers.Mirror) -> String {
    var text =
      "\(Words.count(answer.addedEvents, "event")) in \(Words.count(answer.addedTurns, "turn"))"
    if answer.missing > 0 {
      text += ", \(Words.count(answer.missing, "sequence")) without a message"
    }
    text += answer.position.map { ", up to sequence \(Words.number($0))" } ?? ""
    return text + (answer.isCaughtUp ? " (caught up)" : "") + ", \(Words.duration(answer.seconds))"
  }

  static func lines(_ answer: Answers.MirrorCheck) -> [String] {
    var lines: [String] = []
    if let all = answer.sampledFrom {
      lines.append(
        "a sample of \(Words.number(answer.compared)) out of \(Words.count(all, "event")); the others were not "
          + "looked at")
    }
    for (word, positions, meaning) in [
      ("lost", answer.lost, "in the log, and no longer in the stream"),
      ("changed", answer.changed, "another message in the stream"),
      ("reordered", answer.reordered, "in the stream at another sequence"),
      ("added", answer.added, "in the stream, and not in the log"),
    ] where positions.count > 0 {
      lines.append(
        "\(word)  \(Words.count(positions.count, "message")), \(meaning): \(ranges(positions))")
    }
    if let change = answer.firstChange {
      lines.append(
        "the first that differs is \(Words.number(change.position)), by its \(change.part)")
    }
    if answer.expired.count > 0 {
      lines.append(
        "expired  \(Words.count(answer.expired.count, "message")): \(ranges(answer.expired))")
    }
    if let ahead = answer.ahead, ahead > 0 {
      lines.append("not mirrored yet  \(Words.count(ahead, "message"))")
    }
    lines.append(
      "\(answer.differs ? "differs" : "clean"): \(Words.number(answer.same)) of "
        + "\(Words.count(answer.compared, "message")) are the same, \(Words.duration(answer.seconds))"
    )
    return lines
  }

  private static func ranges(_ positions: Answers.Positions) -> String {
    let shown = positions.ranges.prefix(8).map {
      $0.first == $0.last
        ? Words.number($0.first) : "\(Words.number($0.first))–\(Words.number($0.last))"
    }
    return shown.joined(separator: ", ")
      + (positions.isCut || positions.ranges.count > 8 ? ", …" : "")
  }
}

extension Answers.MirrorEpoch {
  init(_ epoch: SourceEpoch) {
    self.init(
      number: epoch.number, stream: epoch.identity.name,
      created: epoch.identity.created.description, cluster: epoch.identity.cluster,
      first: epoch.first)
  }
}

extension Answers.MirrorCheck {
  init(_ check: MirrorCheck, of address: String, took: Duration) {
    self.init(source: address, epoch: Answers.MirrorEpoch(check.epoch))
    position = check.last
    (compared, same, sampledFrom) = (check.compared, check.same, check.sampledFrom)
    differs = !check.isClean
    lost = Answers.Positions(check.lost)
    changed = Answers.Positions(check.changed)
    reordered = Answers.Positions(check.reordered)
    added = Answers.Positions(check.added)
    expired = Answers.Positions(check.expired)
    ahead = check.ahead
    firstChange = check.firstChange.map { .init(position: $0.position, part: $0.part) }
    seconds = took
  }
}

extension Answers.Positions {
  fileprivate init(_ positions: PositionRanges) {
    self.init()
    count = positions.count
    ranges = positions.ranges.map { .init(first: $0.lowerBound, last: $0.upperBound) }
    isCut = positions.isCut
  }
}

import EvlogSources
import EvlogStore

/// What came in with an import, and was perhaps not meant so.
struct ImportNotes {
  private let importer: Importer
  private let reader: ImportReader
  private let firstRefused: SourceError?
  private let badLines: String?

  init(
    _ importer: Importer, _ reader: ImportReader, _ firstRefused: SourceError?, _ badLines: String?
  ) {
    (self.importer, self.reader) = (importer, reader)
    (self.firstRefused, self.badLines) = (firstRefused, badLines)
  }

  func print(_ log: EventLog) throws {
    if let firstRefused {
      note(
        "\(Words.count(reader.setAsideCount, "record was refused, and is", "records were refused, and are")) "
          + "in \(badLines ?? ""). The first: "
          + Words.source(firstRefused).trimmingPeriod)
    }
    for passed in reader.passedOver {
      let (one, many) = Self.words(passed.kind)
      note("\(Words.count(passed.count, one, many)) passed over")
    }
    for path in reader.unseenPaths {
      note("no record has a value for \(path), which --map names")
    }
    if importer.isUnlikeEarlierImports {
      note(
        "the log has other imports, and this input begins like none of them: all of it was added")
    }
    if importer.alreadyThere < importer.sourceEvents, importer.addedEvents == 0 {
      note(
        "the input ends after \(Words.count(importer.alreadyThere, "event")), and "
          + "\(Words.number(importer.sourceEvents)) were imported from it before: nothing was added"
      )
    }
    if let line = reader.skipped.first {
      note(
        "\(Words.count(reader.skipped.count, "line")) outside of records were passed over, the first "
          + "on line \(Words.number(line))")
    }
    if reader.waitingCount > 0, reader.unit == .row {
      note(
        "\(Words.count(reader.waitingCount, "row")) are left for the next import: writers that have not ended may "
          + "still add rows before them")
    } else if reader.waitingCount > 0 {
      note(
        reader.recordCount == nil
          ? "\(Words.count(reader.waitingCount, "span")) whose parents have not come yet are left for "
            + "the next import of this input"
          : "\(Words.count(reader.waitingCount, "event")) of transactions that are not whole are left "
            + "for the next import of this input")
    }
    let times = reader.times
    if let line = times.firstBackwards {
      note(
        "times run backwards: \(Words.count(times.backwards, "event")) dated before an "
          + "earlier event, the first \(place(line))")
    }
    if let offset = importer.firstAdded, offset > 0, times.timed > 0,
      let last = try log.event(at: offset - 1), let added = try log.event(at: offset),
      added.recordedAt < last.recordedAt
    {
      note(
        "times run backwards: the event added at offset \(Words.number(offset)) is dated "
          + "\(added.recordedAt), and the one before it in the log \(last.recordedAt)")
    }
    if let line = times.firstTimeless, times.timed > 0 {
      let fate =
        importer.addedEvents > 0
        ? "they were given the time of the import" : "their times were not compared"
      note(
        "\(Words.count(times.timeless, "event")) without a time among others that have one, the first "
          + "\(place(line)): \(fate)")
    }
    if let (line, key) = reader.firstRepeatedKey {
      note(
        "\(Words.count(reader.repeatedKeys, "event")) with a key twice in one object, the first "
          + "\(place(line)): '\(key)'. Their bytes are kept; all readers take the last value"
      )
    }
  }
}

extension ImportNotes {
  private static func words(_ kind: PassedOver.Kind) -> (one: String, many: String) {
    switch kind {
    case .repeatedEvent: ("event that came before was", "events that came before were")
    case .tombstone: ("tombstone was", "tombstones were")
    case .transactionMarker: ("mark of a transaction was", "marks of transactions were")
    case .schemaChange: ("change of a schema was", "changes of schemas were")
    case .heartbeat: ("heartbeat was", "heartbeats were")
    }
  }

  /// Where a record is, to follow "the first".
  private func place(_ line: UInt64) -> String {
    reader.unit == .line ? "on line \(Words.number(line))" : "in row \(line)"
  }

  private func note(_ text: String) { Output.note("\(text).") }
}

extension String {
  /// Without a period at its end, to be part of a sentence that has one.
  fileprivate var trimmingPeriod: String { hasSuffix(".") ? String(dropLast()) : self }
}

import EvlogCore
package import EvlogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Compares a source with the log that mirrors it.
package struct MirrorChecker {
  private let source: any EngineSource
  private let log: EventLog
  private let mapping: RecordMapping
  private let place: MirroredPlace
  private var check: MirrorCheck
  private var changes = ChangedRecords()

  /// The log mirrors nothing.
  package struct NothingMirrored: Error {}

  /// The mapping is the one with which the log was mirrored. Throws `NothingMirrored` if it was not.
  package init(_ source: any EngineSource, log: EventLog, mapping: RecordMapping) throws {
    guard let place = try MirroredPlace(in: log) else { throw NothingMirrored() }
    (self.source, self.log, self.mapping, self.place) = (source, log, mapping, place)
    check = MirrorCheck(
      place.epoch, last: place.next > place.epoch.first ? place.next - 1 : nil)
  }

  /// The events of the epoch, from the first one on.
  private var query: Query { Query(from: place.offset.cutAfter) }

  /// Throws a `Discontinuity` if the source was made again, because then nothing of it can be compared.
  private func reached() throws -> SourceState {
    let state = try source.state()
    let known = place.epoch.identity
    if known.name != state.identity.name {
      throw Discontinuity.otherSource(known: place.epoch.address)
    }
    if known.created != state.identity.created {
      throw Discontinuity.recreated(known: known, now: state.identity)
    }
    return state
  }

  // MARK: All of it

  /// Walks along both from the beginning of the log's last epoch to the source's end.
  package mutating func walk(until isEnded: () -> Bool, telling progress: (UInt64) -> Void) throws
    -> MirrorCheck
  {
    defer { source.disconnect() }
    let state = try reached()
    var records = RecordReader(source, through: state.last)
    try records.begin(at: max(state.first, place.epoch.first))
    var events = log.events(query).makeCursor()
    var ahead: UInt64 = 0
    var record = try records.next()
    var event = try next(&events)
    while record != nil || event != nil {
      if isEnded() { throw CancellationError() }
      if let here = event, here.position <= record?.position ?? .max {
        check.compared += 1
        if let there = record, there.position == here.position {
          compare(there, here.event, at: here.position)
          record = try records.next()
        } else if here.position < state.first {
          check.expired.add(here.position)
        } else {
          check.lost.add(here.position)
        }
        event = try next(&events)
        if check.compared.isMultiple(of: 1024) { progress(check.compared) }
      } else if let there = record {
        if there.position < place.next { check.added.add(there.position) } else { ahead += 1 }
        record = try records.next()
      }
    }
    changes.finish(&check)
    check.ahead = ahead
    // What expired while this went on was not lost.
    check.expired.append(check.lost.take(below: try source.state().first))
    return check
  }

  private func next(_ cursor: inout EventCursor) throws -> (position: UInt64, event: RecordedEvent)?
  {
    while let event = try cursor.next() {
      if let position = place.epoch.position(of: event.id) { return (position, event) }
    }
    return nil
  }

  private mutating func compare(_ record: SourceRecord, _ event: RecordedEvent, at position: UInt64)
  {
    guard let part = mapping.difference(of: record, from: event) else {
      check.same += 1
      return
    }
    check.firstChange = check.firstChange ?? MirrorChange(position: position, part: part)
    changes.add(record, event, at: position, to: &check)
  }

  // MARK: A sample

  /// Compares so many records that are drawn from all, each asked for by itself.
  package mutating func sample(
    _ count: Int, until isEnded: () -> Bool, telling progress: (UInt64) -> Void
  ) throws -> MirrorCheck {
    defer { source.disconnect() }
    let state = try reached()
    let all = UInt64(place.offset) + 1..<max(UInt64(place.offset) + 1, UInt64(log.end))
    check.sampledFrom = UInt64(all.count)
    var offsets: Set<UInt64> = []
    if all.count <= count {
      offsets = Set(all)
    } else {
      while offsets.count < count { offsets.insert(UInt64.random(in: all)) }
    }
    for offset in offsets.sorted() {
      if isEnded() { throw CancellationError() }
      guard let event = try log.event(at: Offset(offset)),
        let position = place.epoch.position(of: event.id)
      else { continue }
      check.compared += 1
      if let record = try source.record(at: position) {
        compare(record, event, at: position)
      } else if position < state.first {
        check.expired.add(position)
      } else {
        check.lost.add(position)
      }
      progress(check.compared)
    }
    changes.finish(&check)
    check.expired.append(check.lost.take(below: try source.state().first))
    return check
  }
}

/// Gives the records of a source one by one, up to a position.
private struct RecordReader {
  private let source: any EngineSource
  private let end: UInt64
  private var batch = SourceBatch(limit: 5000)
  private var index = 0
  private var isDone: Bool
  /// The position after the last record that was given.
  private var place: UInt64 = 0
  /// After so long without a record that should be there, the engine is considered to be away.
  private static let patience = Duration.seconds(30)

  init(_ source: any EngineSource, through end: UInt64) {
    (self.source, self.end, isDone) = (source, end, false)
  }

  mutating func begin(at position: UInt64) throws(EngineError) {
    place = position
    isDone = position > end
    if !isDone {
      try patiently { reader throws(EngineError) in try reader.source.begin(at: position) }
    }
  }

  /// A cluster may lose the server that sends the records: another one is asked then, from the same place on.
  private mutating func patiently(
    _ work: (inout RecordReader) throws(EngineError) -> Void
  ) throws(EngineError) {
    let start = ContinuousClock.now
    var mustBegin = false
    while true {
      do throws(EngineError) {
        if mustBegin {
          // What came before the error comes again.
          batch.removeAll()
          index = 0
          try source.begin(at: place)
        }
        return try work(&self)
      } catch {
        guard error.isTransient, ContinuousClock.now - start < Self.patience else { throw error }
        source.disconnect()
        mustBegin = true
        usleep(200_000)
      }
    }
  }

  mutating func next() throws(EngineError) -> SourceRecord? {
    let start = ContinuousClock.now
    while !isDone {
      if index < batch.records.count {
        let record = batch.records[index]
        index += 1
        place = record.position + 1
        isDone = record.position >= end
        return record.position > end ? nil : record
      }
      if batch.isAtEnd { break }
      guard ContinuousClock.now - start < Self.patience else {
        throw EngineError(.unreachable, "\(source.address): no more records arrive.")
      }
      batch.removeAll()
      index = 0
      try patiently { reader throws(EngineError) in
        try reader.source.read(into: &reader.batch, waiting: .seconds(1))
      }
    }
    isDone = true
    return nil
  }
}

package import EvlogContracts
package import EvlogCore
import EvlogJSON

/// Reads the events of a source for an import, and counts what is worth a word.
package struct ImportReader {
  private var source: any EventSource
  private let takesOwnEvents: Bool
  private let setsAside: Bool
  /// What events must be, where those that are not are set aside.
  package var contract: Contract?

  package private(set) var times = TimeOrder()
  /// Events that have a key twice in one object of their data or metadata.
  package private(set) var repeatedKeys: UInt64 = 0
  package private(set) var firstRepeatedKey: (line: UInt64, key: String)?
  /// How many events were given out, and how many records were set aside.
  package private(set) var eventCount: UInt64 = 0
  package private(set) var setAsideCount: UInt64 = 0

  package enum Item {
    case event(SourceEvent)
    /// A record that is refused; the next one can be read.
    case refused(SourceError)
  }

  /// `settingAside` gives what is wrong with a record instead of throwing it.
  package init(_ source: any EventSource, ownEvents: Bool, settingAside: Bool = false) {
    self.source = source
    takesOwnEvents = ownEvents
    setsAside = settingAside
  }

  package var name: String { source.name }
  package var unit: RecordUnit { source.unit }
  package var bytesRead: UInt64 { source.bytesRead }
  package var isDamaged: Bool { source.isDamaged }
  package var inputBytes: UInt64 { source.inputBytes }
  package var skipped: SkippedLines { source.skipped }
  package var waitingCount: Int { source.waitingCount }

  package var unseenPaths: [String] { source.unseenPaths }
  package var passedOver: [PassedOver] { source.passedOver }
  /// How many records the input had. Nil where they are not counted apart.
  package var recordCount: UInt64? { source.recordCount }

  /// The next event or refusal, or nil after the last.
  package mutating func next() throws(SourceError) -> Item? {
    do {
      guard let event = try accepted() else { return nil }
      eventCount += 1
      return .event(event)
    } catch {
      guard setsAside, error.record != nil else { throw error }
      setAsideCount += 1
      return .refused(error)
    }
  }

  private mutating func accepted() throws(SourceError) -> SourceEvent? {
    guard let next = try source.next() else { return nil }
    let (event, line) = (next.event, UInt64(next.line))
    if !takesOwnEvents { try refuseOwn(next) }
    if let refusal = contract?.refusal(of: event) {
      throw refused(next, .malformed("the event breaks the log's contract: \(refusal)"))
    }
    times.add(event.recordedAt, at: line)
    if next.mayRepeatKeys, let key = Self.repeatedKey(of: event) {
      repeatedKeys += 1
      firstRepeatedKey = firstRepeatedKey ?? (line, key)
    }
    return next
  }

  private func refused(_ next: SourceEvent, _ problem: SourceError.Problem) -> SourceError {
    let isRow = source.unit == .row
    return SourceError(
      source.name, problem, line: isRow ? nil : next.line, row: isRow ? next.position : nil,
      record: source.record(of: next))
  }

  package static func repeatedKey(of event: NewEvent) -> String? {
    RepeatedKeys.first(in: event.data.span)?.key
      ?? event.metadata.flatMap { RepeatedKeys.first(in: $0.span)?.key }
  }

  private func refuseOwn(_ next: SourceEvent) throws(SourceError) {
    let event = next.event
    if Turn.isOwn(event.type) { throw refused(next, .ownName(event.type, of: .type)) }
    if Turn.isOwn(event.stream) { throw refused(next, .ownName(event.stream, of: .stream)) }
  }
}

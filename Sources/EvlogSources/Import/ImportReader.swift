package import EvlogCore
import EvlogJSON

/// Reads the events of a source for an import, and counts what is worth a word.
package struct ImportReader {
  private var source: any EventSource
  private let takesOwnEvents: Bool

  package private(set) var times = TimeOrder()
  /// Events that have a key twice in one object of their data or metadata.
  package private(set) var repeatedKeys: UInt64 = 0
  package private(set) var firstRepeatedKey: (line: UInt64, key: String)?

  package init(_ source: any EventSource, ownEvents: Bool) {
    self.source = source
    takesOwnEvents = ownEvents
  }

  package var input: InputBytes { source.input }
  package var inputBytes: UInt64 { source.inputBytes }
  package var skipped: SkippedLines { source.skipped }
  package var waitingCount: Int { source.waitingCount }

  /// The next event, or nil after the last.
  package mutating func next() throws(SourceError) -> SourceEvent? {
    guard let next = try source.next() else { return nil }
    let (event, line) = (next.event, UInt64(next.line))
    if !takesOwnEvents { try refuseOwn(event, next.line) }
    times.add(event.recordedAt, at: line)
    if next.mayRepeatKeys, let key = Self.repeatedKey(of: event) {
      repeatedKeys += 1
      firstRepeatedKey = firstRepeatedKey ?? (line, key)
    }
    return next
  }

  package static func repeatedKey(of event: NewEvent) -> String? {
    RepeatedKeys.first(in: event.data.span)?.key
      ?? event.metadata.flatMap { RepeatedKeys.first(in: $0.span)?.key }
  }

  private func refuseOwn(_ event: NewEvent, _ line: Int) throws(SourceError) {
    if Turn.isOwn(event.type) {
      throw SourceError(input.name, .ownName(event.type, of: .type), line: line)
    }
    if Turn.isOwn(event.stream) {
      throw SourceError(input.name, .ownName(event.stream, of: .stream), line: line)
    }
  }
}

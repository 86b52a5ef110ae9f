import EvlogCore
import EvlogJSON

/// Makes events of an import's lines, and counts what is worth a word.
struct ImportReader {
  var line = EventLine()
  private let takesOwnEvents: Bool

  private(set) var inputBytes: UInt64 = 0
  private(set) var times = TimeOrder()
  /// Events that have a key twice in one object of their data or metadata.
  private(set) var repeatedKeys: UInt64 = 0
  private(set) var firstRepeatedKey: (line: UInt64, key: String)?

  init(ownEvents: Bool) { takesOwnEvents = ownEvents }

  mutating func event(_ line: InputLines.Line, of name: String) throws -> NewEvent {
    var mayRepeatKeys = false
    let event = try self.line.event(line, of: name, mayRepeatKeys: &mayRepeatKeys)
    let number = UInt64(line.number)
    if !takesOwnEvents { try refuseOwn(event, "\(name), line \(line.number)") }
    inputBytes += UInt64(line.bytes.count) + 1
    times.add(event.recordedAt, at: number)
    if mayRepeatKeys, let key = Self.repeatedKey(of: event) {
      repeatedKeys += 1
      firstRepeatedKey = firstRepeatedKey ?? (number, key)
    }
    return event
  }

  static func repeatedKey(of event: NewEvent) -> String? {
    RepeatedKeys.first(in: event.data.span)?.key
      ?? event.metadata.flatMap { RepeatedKeys.first(in: $0.span)?.key }
  }

  private func refuseOwn(_ event: NewEvent, _ place: String) throws {
    for (name, what) in [(event.type, "type"), (event.stream, "stream")] where Turn.isOwn(name) {
      throw Failure.usage(
        "\(place): the \(what) '\(name)' is one of evlog's own (\(Turn.ownPrefix)…). If the lines are "
          + "an export of a log: --own-events")
    }
  }
}

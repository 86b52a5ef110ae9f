import EvlogAnswers
import EvlogCore
import EvlogJSON

/// A search for events, which goes on where it stopped.
struct EventSearch: Sendable {
  enum Direction: String, CaseIterable, Sendable { case forward, back }
  enum Neighbour: String, CaseIterable, Sendable { case before, after, either }

  /// A search stops after this time, and says how far it came.
  static let time = Duration.milliseconds(150)
  /// So many offsets are looked at before the time is.
  private static let stride: UInt64 = 16 << 10
  /// About so many bytes an answer has at most.
  private static let byteLimit = 1 << 20

  /// The cut from which it looks on, or back.
  var from: Cut
  /// The cut before which it stops, or back to which it looks; nil for the whole log.
  var to: Cut?
  var limit = 100
  var direction = Direction.forward
  var types: Set<String> = []
  /// A stream, or a kind of streams, as in `order*`.
  var stream: String?
  /// A text that the data, the stream, the type or an id has in it, whatever its case.
  var text: String?
  var since: Timestamp?
  var until: Timestamp?
  /// Only events that have one of this type near them.
  var near: String?
  var neighbour = Neighbour.either
  var within: UInt64 = 10
  /// What is true of the events; made for each search, as it may keep what it evaluates with.
  var predicate: (@Sendable () throws -> (RecordedEvent) throws -> Bool)?

  struct Found {
    var events: [JSONValue] = []
    /// Where to go on; nil at the end.
    var next: Cut?
    /// The cut up to which, or back to which, everything was looked at.
    var scannedTo: Cut
    var isComplete: Bool { next == nil || isFull }
    /// Whether it stopped because there were enough events.
    var isFull = false

    var members: [(String, JSONValue)] {
      [
        ("events", .array(events)), ("next", next.map { .string("\($0)") } ?? .null),
        ("scannedTo", .int(scannedTo)), ("complete", .bool(isComplete)),
      ]
    }
  }

  func run(in history: any History) throws -> Found {
    var events: [JSONValue] = []
    var bytes = 0
    let scanned = try scan(history) { event in
      events.append(EventShape.json(event))
      bytes += event.byteCount + 200
      return events.count < limit && bytes < Self.byteLimit
    }
    return Found(
      events: events, next: scanned.isOver ? nil : scanned.position, scannedTo: scanned.position,
      isFull: scanned.isStopped)
  }

  /// How far a search came.
  struct Scanned {
    /// The cut up to which, or back to which, everything was looked at.
    var position: Cut
    var isOver = false
    /// Whether it was stopped where it was, by what it found.
    var isStopped = false
  }

  /// Gives the events that match, until `take` has enough of them or the time is over.
  func scan(_ history: any History, _ take: (RecordedEvent) throws -> Bool) throws -> Scanned {
    let start = ContinuousClock.now
    let isForward = direction == .forward
    let end = isForward ? min(to ?? history.end, history.end) : history.end
    let beginning = isForward ? 0 : to ?? 0
    var scanned = Scanned(position: min(from, end))
    let matches = try filter()
    while isForward ? scanned.position < end : scanned.position > beginning {
      try Task.checkCancellation()
      let position = scanned.position
      let range =
        isForward
        ? position..<min(end, position + Self.stride)
        : (position - min(position - beginning, Self.stride))..<position
      let neighbours = try neighbours(of: range, in: history)
      var stop: Cut?
      try history.forEachRow(of: query(range)) { row in
        for event in row where try matches(event) && (neighbours?(event.offset) ?? true) {
          if try !take(event) {
            stop = isForward ? event.offset.cutAfter : event.offset.cutBefore
            return false
          }
        }
        return true
      }
      scanned.position = stop ?? (isForward ? range.upperBound : range.lowerBound)
      scanned.isStopped = stop != nil
      if scanned.isStopped || ContinuousClock.now - start > Self.time { break }
    }
    scanned.isOver = isForward ? scanned.position >= end : scanned.position <= beginning
    return scanned
  }

  private func query(_ range: Range<Cut>) -> Query {
    Query(
      from: range.lowerBound, to: range.upperBound,
      stream: stream.flatMap { $0.hasSuffix("*") ? nil : $0 },
      types: types.isEmpty ? nil : types, since: since, until: until,
      isBackwards: direction == .back)
  }

  /// What a query cannot ask for.
  private func filter() throws -> (RecordedEvent) throws -> Bool {
    let kind = stream.flatMap { $0.hasSuffix("*") ? $0 : nil }
    let needle = text.map { TextNeedle($0) }
    let predicate = try predicate?()
    return { event in
      if let kind, Facet.kind(of: event.stream) != kind { return false }
      if let needle {
        let isThere =
          needle.isIn(event.data) || needle.isIn(event.type) || needle.isIn(event.stream)
          || event.id.map(needle.isIn) ?? false
        if !isThere { return false }
      }
      return try predicate?(event) ?? true
    }
  }

  /// Whether an event has a neighbour of the wanted type; nil if that was not asked for.
  private func neighbours(of range: Range<Cut>, in history: any History) throws
    -> ((Offset) -> Bool)?
  {
    guard let near else { return nil }
    let low = range.lowerBound - min(within, UInt64(range.lowerBound))
    let high = min(history.end, range.upperBound + within)
    var offsets: [Offset] = []
    try history.forEachRow(of: Query(from: low, to: high, types: [near])) { row in
      offsets += row.map(\.offset)
      return true
    }
    return { [neighbour, within] offset in
      let i = offsets.partitioningIndex { $0 >= offset }
      let isBefore = i > 0 && offset - offsets[i - 1] <= within
      let j = i < offsets.count && offsets[i] == offset ? i + 1 : i
      let isAfter = j < offsets.count && offsets[j] - offset <= within
      return switch neighbour {
      case .before: isBefore
      case .after: isAfter
      case .either: isBefore || isAfter
      }
    }
  }
}

/// A text to look for, without regard to the case of ASCII letters.
struct TextNeedle: Sendable {
  private let bytes: [UInt8]

  init(_ text: String) { bytes = text.utf8.map(Self.lowered) }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  func isIn(_ text: String) -> Bool { isIn(Array(text.utf8)[...]) }

  func isIn(_ text: ArraySlice<UInt8>) -> Bool {
    guard let first = bytes.first else { return true }
    let span = text.span
    guard span.count >= bytes.count else { return false }
    for start in 0...(span.count - bytes.count) where Self.lowered(span[start]) == first {
      if bytes.indices.dropFirst().allSatisfy({ Self.lowered(span[start + $0]) == bytes[$0] }) {
        return true
      }
    }
    return false
  }
}

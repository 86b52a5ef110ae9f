import EvlogCore
import EvlogReplay
import EvlogStore
import Synchronization

/// The parts of a log, counted, up to a cut.
struct Tiles: Sendable {
  /// The parts of segments that take no more events.
  var segments: [TilePart] = []
  /// The parts of the events that come after those. Only the last one is counted again when the log grows.
  private(set) var tailParts: [TilePart] = []
  var names = FacetNames()
  /// The events that the parts of the tail count.
  private(set) var tail = EventColumns(first: 0)
  /// Stretches of the log that cannot be read, and are in no part.
  var damage: [(offsets: Range<Offset>, message: String)] = []
  var end: Cut = 0

  var parts: [TilePart] { segments + tailParts }

  /// A part of the tail ends at a multiple of so many events.
  private static let tailPartLength: UInt64 = 64 << 10

  /// Begins another tail, of which nothing is counted yet.
  mutating func beginTail(_ events: EventColumns) {
    tail = events
    tailParts = []
  }

  mutating func appendToTail(_ events: EventColumns) { tail.append(events) }

  /// Counts what the tail has got since.
  mutating func countTail() {
    if let last = tailParts.last, UInt64(last.offsets.upperBound) % Self.tailPartLength != 0 {
      tailParts.removeLast()
    }
    var first = tailParts.last?.offsets.upperBound ?? tail.first
    while first < tail.end {
      let next = Offset((UInt64(first) / Self.tailPartLength + 1) * Self.tailPartLength)
      let end = min(next, tail.end)
      tailParts.append(TilePart(tail.slice(first..<end)))
      first = end
    }
  }

  /// From the earliest to the latest time.
  var times: ClosedRange<Int64>? {
    guard let first = parts.first else { return nil }
    return parts.reduce(first.times) {
      min($0.lowerBound, $1.times.lowerBound)...max($0.upperBound, $1.times.upperBound)
    }
  }
}

/// The tiles of a log, which are made when they are first needed and grow with the log.
final class TileIndex: Sendable {
  let history: any History
  private let state = Mutex(State())
  private let cache: TileCache?

  private struct State {
    var tiles = Tiles()
    var making: Task<Tiles, any Error>?
    /// Times that were looked up.
    var times: [Offset: Int64] = [:]
  }

  init(_ history: any History) {
    self.history = history
    cache = (history as? EventLog).map { TileCache($0) }
  }

  /// The tiles up to the log's end.
  func tiles() async throws -> Tiles {
    while true {
      let end = history.end
      let task = state.withLock { state -> Task<Tiles, any Error>? in
        if state.tiles.end >= end { return nil }
        if let making = state.making { return making }
        let making = Task { [tiles = state.tiles] in
          try await QuestionThreads.run { try self.extend(tiles) }
        }
        state.making = making
        return making
      }
      guard let task else { return state.withLock { $0.tiles } }
      let made = try await task.value
      if made.end >= end { return made }
    }
  }

  private func extend(_ old: Tiles) throws -> Tiles {
    let made = Result { try extended(old) }
    return try state.withLock { state in
      state.making = nil
      state.tiles = try made.get()
      return state.tiles
    }
  }

  /// The tiles with what the log has got since.
  private func extended(_ old: Tiles) throws -> Tiles {
    var tiles = old
    let end = history.end
    for segment in (history as? EventLog)?.segmentInfo().dropLast() ?? [] {
      try addSegment(segment, to: &tiles)
    }
    if tiles.tail.end < end.offsetAfter {
      try readTail(tiles.tail.end..<end.offsetAfter, &tiles)
    }
    tiles.countTail()
    tiles.end = end
    return tiles
  }

  /// Adds a segment that takes no more events, which the tail ends before or begins with.
  private func addSegment(_ segment: EventLog.SegmentInfo, to tiles: inout Tiles) throws {
    let offsets = segment.offsets
    guard offsets.upperBound > tiles.tail.first, !offsets.isEmpty else { return }
    if offsets.lowerBound > tiles.tail.end {
      let missing = tiles.tail.end..<offsets.lowerBound
      tiles.damage.append((missing, "No segment holds these events."))
      tiles.beginTail(EventColumns(first: offsets.lowerBound))
    }
    if let part = segment.isSealed ? cache?.part(of: offsets, &tiles.names) : nil {
      tiles.segments.append(part)
    } else {
      let known = tiles.tail.end
      if known < offsets.upperBound {
        try readTail(known..<offsets.upperBound, &tiles)
      }
      if tiles.tail.end >= offsets.upperBound, tiles.tail.first <= offsets.lowerBound {
        let part = TilePart(tiles.tail.slice(offsets))
        tiles.segments.append(part)
        // Without the file, the part is made again the next time.
        if segment.isSealed { try? cache?.save(part, tiles.names) }
      }
    }
    tiles.beginTail(
      tiles.tail.end > offsets.upperBound
        ? tiles.tail.slice(offsets.upperBound..<tiles.tail.end)
        : EventColumns(first: offsets.upperBound))
  }

  /// Reads events into the tail; those that are damaged are noted as such.
  private func readTail(_ offsets: Range<Offset>, _ tiles: inout Tiles) throws {
    do {
      var names = tiles.names
      let events = try EventColumns(of: history, at: offsets, &names)
      tiles.names = names
      tiles.appendToTail(events)
    } catch let error as EventLogError where error.code == .damaged {
      if tiles.damage.last?.offsets != offsets { tiles.damage.append((offsets, "\(error)")) }
      if tiles.tail.count == 0 { tiles.beginTail(EventColumns(first: offsets.upperBound)) }
    }
  }

  /// The time of an event, which is kept once it was looked up: episodes are few, and drawn often.
  func time(of offset: Offset, in tiles: Tiles) throws -> Int64? {
    if tiles.tail.first <= offset, offset < tiles.tail.end {
      return tiles.tail.times[Int(offset - tiles.tail.first)]
    }
    if let known = state.withLock({ $0.times[offset] }) { return known }
    var names = FacetNames()
    let found = try EventColumns(of: history, at: offset..<(offset + 1), &names).times.first
    state.withLock { state in
      if state.times.count > 100_000 { state.times = [:] }
      state.times[offset] = found
    }
    return found
  }

  /// Counts a window.
  func counts(_ window: TileWindow, by facet: Facet, in tiles: Tiles) throws -> TileCounts {
    var counts = TileCounts(of: window, by: facet, in: tiles)
    for part in tiles.parts {
      try counts.add(part) { offsets in
        if tiles.tail.first <= offsets.lowerBound, offsets.upperBound <= tiles.tail.end {
          return tiles.tail.slice(offsets)
        }
        var names = tiles.names
        return try EventColumns(of: history, at: offsets, &names)
      }
    }
    return counts
  }
}

import EvlogCore
import EvlogReplay
import EvlogStore
import Synchronization

/// The parts of a log, counted, up to a cut.
struct Tiles: Sendable {
  var parts: [TilePart] = []
  var names = FacetNames()
  /// The events that are in no sealed segment, which the last part counts.
  var tail = EventColumns(first: 0)
  /// Stretches of the log that cannot be read, and are in no part.
  var damage: [(offsets: Range<Offset>, message: String)] = []
  var end: Cut = 0

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
    if tiles.tail.count > 0 { tiles.parts.removeLast() }
    for segment in (history as? EventLog)?.segmentInfo().dropLast() ?? [] {
      try addSegment(segment, to: &tiles)
    }
    if tiles.tail.end < end.offsetAfter {
      try read(tiles.tail.end..<end.offsetAfter, &tiles) { tiles, events in
        tiles.tail.append(events)
      }
    }
    if tiles.tail.count > 0 { tiles.parts.append(TilePart(tiles.tail)) }
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
      tiles.tail = EventColumns(first: offsets.lowerBound)
    }
    if let part = segment.isSealed ? cache?.part(of: offsets, &tiles.names) : nil {
      tiles.parts.append(part)
    } else {
      let known = tiles.tail.end
      if known < offsets.upperBound {
        try read(known..<offsets.upperBound, &tiles) { $0.tail.append($1) }
      }
      if tiles.tail.end >= offsets.upperBound, tiles.tail.first <= offsets.lowerBound {
        let part = TilePart(tiles.tail.slice(offsets))
        tiles.parts.append(part)
        // Without the file, the part is made again the next time.
        if segment.isSealed { try? cache?.save(part, tiles.names) }
      }
    }
    tiles.tail =
      tiles.tail.end > offsets.upperBound
      ? tiles.tail.slice(offsets.upperBound..<tiles.tail.end)
      : EventColumns(first: offsets.upperBound)
  }

  /// Reads events; those that are damaged are noted as such.
  private func read(
    _ offsets: Range<Offset>, _ tiles: inout Tiles, _ add: (inout Tiles, EventColumns) -> Void
  ) throws {
    do {
      var names = tiles.names
      let events = try EventColumns(of: history, at: offsets, &names)
      tiles.names = names
      add(&tiles, events)
    } catch let error as EventLogError where error.code == .damaged {
      if tiles.damage.last?.offsets != offsets { tiles.damage.append((offsets, "\(error)")) }
      if tiles.tail.count == 0 { tiles.tail = EventColumns(first: offsets.upperBound) }
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

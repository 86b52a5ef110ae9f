import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

extension Subject {
  /// What the subject is, for the page to begin with.
  func json() async throws -> JSONValue {
    let tiles = try await self.tiles.tiles()
    return try await QuestionThreads.run { try json(tiles) }
  }

  private func json(_ tiles: Tiles) throws -> JSONValue {
    let whole = TileWindow(.offset, from: 0, to: Int64(UInt64(tiles.end)), columns: 800)
    let episodes = try marks(whole, tiles).filter { $0["kind"] == .string("episode") }
    return try StateEncoder().encode(SubjectShape(self, tiles, episodes: episodes))
  }

  /// An event with its bytes, and where it is.
  func event(at offset: Offset) async throws -> [(String, JSONValue)] {
    try await QuestionThreads.run { [history, log] in
      guard let event = try history.event(at: offset) else {
        throw InvestigationError.noEvent(offset: offset, end: history.end)
      }
      let segment = log?.segmentInfo().first { $0.offsets.contains(offset) }
      return [
        ("event", EventShape.json(event)), ("data", EventShape.bytes(event.data)),
        ("metadata", event.metadata.map { EventShape.bytes($0) } ?? .null),
        (
          "segment",
          try segment.map { try StateEncoder().encode(SubjectShape.Segment($0)) } ?? .null
        ),
        ("causes", .array(event.causation.map { .string($0) })),
      ]
    }
  }
}

extension Tiles {
  /// How many events there are of each type, the most frequent first; the rare ones of a log with very many are not
  /// counted apart.
  var types: [(name: String, count: UInt64)] {
    var totals: [Int32: UInt64] = [:]
    for part in parts {
      let counts = part.counts[Facet.type.rawValue]
      let end = counts.rows.count - counts.width
      for (i, name) in counts.names.enumerated() {
        totals[name, default: 0] += UInt64(counts.rows[end + i])
      }
    }
    return totals.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { (names.name(.type, $0.key), $0.value) }
  }
}

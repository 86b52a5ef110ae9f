import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogReplay
import EvlogStore

extension Subject {
  /// A window of the timeline, as JSON: columns are written by hand, for there are thousands of numbers.
  func tiles(_ parameters: Parameters) async throws -> [UInt8] {
    let axis = try parameters.choice("axis", default: TileWindow.Axis.offset)
    let columns = try parameters.integer("columns", in: 1...4096, default: 800)
    let index = self.tiles
    let tiles = try await index.tiles()
    guard let facet = try facet(parameters) else {
      guard axis == .offset else {
        throw StudioError(400, "Regions are counted by offset.")
      }
      let loaded = try required()
      let rows = try await loaded.regionRows(by: loaded.rule(parameters.path()))
      let to = min(try parameters.cut("to") ?? rows.end, rows.end)
      let from = min(try parameters.cut("from") ?? 0, to)
      let counts = rows.counts(from: from, to: to, columns: columns)
      return try await QuestionThreads.run { try json(counts, by: "region", tiles) }
    }
    let window = try window(parameters, in: tiles)
    return try await QuestionThreads.run {
      let counts = try index.counts(window, by: facet, in: tiles)
      return try json(counts, by: facet == .type ? "type" : "stream", tiles)
    }
  }

  /// The window that is asked for; the whole log by default.
  func window(_ parameters: Parameters, in tiles: Tiles) throws(StudioError) -> TileWindow {
    let columns = try parameters.integer("columns", in: 1...4096, default: 800)
    switch try parameters.choice("axis", default: TileWindow.Axis.offset) {
    case .offset:
      let to = min(try parameters.cut("to") ?? tiles.end, tiles.end)
      let from = min(try parameters.cut("from") ?? 0, to)
      return TileWindow(
        .offset, from: Int64(UInt64(from)), to: Int64(UInt64(to)), columns: columns)
    case .time:
      let whole = tiles.times ?? 0...0
      let from = try parameters.time("from")?.nanoseconds ?? whole.lowerBound
      let to = try parameters.time("to")?.nanoseconds ?? (whole.upperBound &+ 1)
      return TileWindow(.time, from: from, to: max(from, to), columns: columns)
    }
  }

  /// What events are counted by; nil for regions, which are not known from envelopes.
  private func facet(_ parameters: Parameters) throws(StudioError) -> Facet? {
    switch parameters["by"] ?? "type" {
    case "type": return .type
    case "stream": return .stream
    case "region": return nil
    default: throw StudioError(400, "'by' must be one of type, stream, region.")
    }
  }

  private func json(_ counts: TileCounts, by name: String, _ tiles: Tiles) throws -> [UInt8] {
    let window = counts.window
    let isTime = window.axis == .time
    func place(_ position: Int64) -> JSONValue { isTime ? .milliseconds(position) : .int(position) }
    var bytes = Array("{\"evlog\":\(Answers.version),\"columns\":[".utf8)
    for column in 0..<window.columnCount {
      bytes += column > 0 ? [0x2C, 0x5B] : [0x5B]
      for name in counts.names.indices {
        if name > 0 { bytes.append(0x2C) }
        bytes += Array(String(counts[column, name]).utf8)
      }
      bytes.append(0x5D)
    }
    let step: JSONValue = isTime ? .milliseconds(window.step) : .int(window.step)
    let rest = JSONValue.object([
      ("axis", .string(window.axis.rawValue)),
      ("by", .string(name)),
      ("from", place(window.from)), ("to", place(window.to)), ("start", place(window.start)),
      ("step", step), ("names", .array(counts.names.map { .string($0) })),
      ("marks", .array(try marks(window, tiles))),
      (
        "gaps",
        .array(
          counts.gaps.map {
            .object([("from", place($0.lowerBound)), ("to", place($0.upperBound))])
          }
        )
      ),
      ("end", .int(tiles.end)), ("knownTo", loaded.map { .int($0.knownTo) } ?? .null),
    ])
    bytes += Array("],".utf8) + rest.canonicalBytes.dropFirst()
    return bytes
  }

  /// What is drawn over the columns.
  func marks(_ window: TileWindow, _ tiles: Tiles) throws -> [JSONValue] {
    let marks = Marks(window: window) { cut in
      try cut.offsetBefore.flatMap { try self.tiles.time(of: $0, in: tiles) }
        ?? tiles.times?.lowerBound
    }
    var all: [JSONValue] = []
    for finding in loaded?.verdicts?.findings ?? [] { all += try marks.episodes(finding) }
    for cut in snapshotCuts {
      if let mark = try marks.mark("snapshot", at: cut, [("cut", .int(cut))]) { all.append(mark) }
    }
    for segment in log?.segmentInfo().dropFirst() ?? [] {
      let offset = segment.offsets.lowerBound
      if let mark = try marks.mark(
        "segment", at: offset.cutBefore, [("offset", .int(offset))])
      {
        all.append(mark)
      }
    }
    for damage in tiles.damage where window.axis == .offset {
      let (low, high) = (damage.offsets.lowerBound, damage.offsets.upperBound)
      guard Int64(UInt64(low)) < window.to, Int64(UInt64(high)) > window.from else { continue }
      all.append(
        .object([
          ("kind", .string("damage")), ("firstOffset", .int(low)), ("endOffset", .int(high)),
          ("text", .string(damage.message)),
        ]))
    }
    return all
  }

  /// The cuts of the machine's snapshots.
  var snapshotCuts: [Cut] {
    guard let loaded, let store = loaded.investigation.replayer.snapshots else { return [] }
    // They are only drawn; what cannot be read of them is said where they are used.
    return (try? store.entries(of: loaded.descriptor).map(\.cut)) ?? []
  }
}

import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

extension LoadedMachine {
  /// The declared regions, or those that are the values at a path.
  func rule(_ path: StatePath?) throws(StudioError) -> RegionRule {
    if let path { return .value(path) }
    guard descriptor.regions != nil else {
      throw StudioError(
        400, "The machine declares no regions.",
        advice: "Declare them, or take the value at a path of the state for the region.")
    }
    return .declared
  }

  /// The share of the unknown as the log grew: at some cuts, how many of the last map's cells were neither seen nor
  /// declared.
  func trend(by rule: RegionRule, points: Int) async throws -> [(String, JSONValue)] {
    let replayer = investigation.replayer
    let end = replayer.history.end
    let maps = try await QuestionThreads.run {
      try replayer.maps(
        by: rule, at: (1...points).map { Cut(UInt64(end) * UInt64($0) / UInt64(points)) })
    }
    let cells = maps.last?.cells.count ?? 0
    return [
      ("cells", .int(cells)),
      (
        "points",
        .array(
          maps.map { map in
            // What an earlier map has no row or column for was not known either.
            let known = map.cells.count - map.count(.unknown)
            return .object([
              ("cut", .int(map.cut)), ("unknown", .int(max(0, cells - known))),
              ("cells", .int(cells)),
            ])
          })
      ),
    ]
  }

  /// The events of a cell, from the first on.
  func cell(_ region: String, _ type: String, by rule: RegionRule, limit: Int) async throws
    -> [(String, JSONValue)]
  {
    let replayer = investigation.replayer
    let found = try await QuestionThreads.run {
      try replayer.offsets(inRegion: region, ofType: type, by: rule, limit: limit + 1)
    }
    return [
      ("region", .string(region)), ("type", .string(type)),
      ("offsets", .array(found.prefix(limit).map { .int($0) })),
      ("more", .bool(found.count > limit)),
    ]
  }
}

import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// A value of the state beside each event of a list.
extension Subject {
  /// So many characters of each value's text are shown.
  private static let columnWidth = 60

  /// The values at a path at some cuts, in the key that was chosen or else in that of the event before the cut. Those
  /// for which the time does not suffice are missing.
  func column(_ path: StatePath, key: String?, at cuts: [Cut]) async throws
    -> [(String, JSONValue)]
  {
    let loaded = try required()
    let isKeyed = loaded.descriptor.scope != .log
    let sorted = Set(cuts).sorted()
    guard let first = sorted.first else {
      return [("values", .array([])), ("complete", .bool(true))]
    }
    return try await loaded.timelines.use(near: first) { seat in
      let start = ContinuousClock.now
      var values: [JSONValue] = []
      for cut in sorted {
        let own = isKeyed ? try key ?? seat.arrive(at: cut)?.key : nil
        try seat.timeline.move(to: cut)
        var value: JSONValue?
        if !isKeyed || own != nil {
          let asked = OutlineRequest(path, of: own, limit: 0, width: Self.columnWidth)
          value = try seat.timeline.outline(asked)?.value
        }
        values.append(
          .object([
            ("cut", .int(cut)),
            ("value", value.map { .string(Preview.text($0, Self.columnWidth)) } ?? .null),
          ]))
        if ContinuousClock.now - start > EventSearch.time { break }
      }
      return [
        ("values", .array(values)), ("complete", .bool(values.count == sorted.count)),
      ]
    }
  }
}

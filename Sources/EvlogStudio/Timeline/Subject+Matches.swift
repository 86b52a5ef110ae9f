import EvlogCore
import EvlogJSON
import EvlogReplay

/// Which columns of a window have events that a filter finds: payloads are read for it, so it takes several requests.
extension Subject {
  func matches(_ parameters: Parameters) async throws -> [(String, JSONValue)] {
    let tiles = try await self.tiles.tiles()
    let window = try window(parameters, in: tiles)
    var search = try EventSearch(filter: parameters)
    search.predicate = try predicate(parameters["predicate"])
    let whole = tiles.offsets(in: window)
    search.to = whole.upperBound.cutBefore
    search.from = max(whole.lowerBound.cutBefore, try parameters.cut("next") ?? 0)
    return try await QuestionThreads.run { [history, search] in
      var counts: [Int: Int] = [:]
      let found = try search.scan(history) { event in
        let position =
          window.axis == .time ? event.recordedAt.nanoseconds : Int64(UInt64(event.offset))
        if let column = window.column(of: position) { counts[column, default: 0] += 1 }
        return true
      }
      let isTime = window.axis == .time
      func place(_ position: Int64) -> JSONValue {
        isTime ? .milliseconds(position) : .int(position)
      }
      return [
        ("axis", .string(window.axis.rawValue)), ("from", place(window.from)),
        ("to", place(window.to)), ("start", place(window.start)), ("step", place(window.step)),
        ("columns", .int(window.columnCount)),
        (
          "counts",
          .array(counts.sorted { $0.key < $1.key }.map { .array([.int($0.key), .int($0.value)]) })
        ),
        ("next", found.isOver ? .null : .string("\(found.position)")),
      ]
    }
  }
}

extension Tiles {
  /// The events among which those of a window are.
  fileprivate func offsets(in window: TileWindow) -> Range<Offset> {
    guard window.axis == .time else {
      return Offset(UInt64(max(window.from, 0)))..<Offset(UInt64(max(window.to, window.from, 0)))
    }
    var found: Range<Offset>?
    func meets(_ times: ClosedRange<Int64>) -> Bool {
      times.lowerBound < window.to && times.upperBound >= window.from
    }
    for part in parts where meets(part.times) {
      for row in part.rowTimes.indices where meets(part.rowTimes[row]) {
        let offsets = part.offsets(ofRow: row)
        found = (found?.lowerBound ?? offsets.lowerBound)..<offsets.upperBound
      }
    }
    return found ?? 0..<0
  }
}

import EvlogForensics
import EvlogReplay

extension RegionBaseline {
  /// Reads what `map --json` prints; nil where it is something else.
  init?(json: JSONValue) {
    guard json["command"]?.stringValue == "map", let items = json["cells"]?.arrayValue else {
      return nil
    }
    var cells: [(region: String, type: String, mark: RegionMap.Mark, events: UInt64)] = []
    for item in items {
      guard let region = item["region"]?.stringValue, let type = item["type"]?.stringValue,
        let mark = item["mark"]?.stringValue.flatMap(RegionMap.Mark.init(rawValue:)),
        let events = item["events"]?.integer(UInt64.self)
      else { return nil }
      cells.append((region, type, mark, events))
    }
    self.init(cells)
  }
}

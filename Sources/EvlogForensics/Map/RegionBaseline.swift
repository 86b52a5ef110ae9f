import EvlogMachine
import EvlogStore

/// What a map knew at another time, or of another log: to be compared with one of now.
public struct RegionBaseline: Sendable {
  private var marks: [RegionTally.Place: RegionMap.Mark] = [:]
  private var seen: Set<RegionTally.Place> = []

  /// Keeps what a map knows now.
  public init(_ map: RegionMap) {
    for cell in map.cells {
      let place = RegionTally.Place(region: cell.region, type: cell.type)
      marks[place] = cell.mark
      if cell.count != nil { seen.insert(place) }
    }
  }

  /// Of cells that were written down: their regions and event types, what a map said of them, and how many
  /// events came there.
  public init(
    _ cells: some Sequence<(region: String, type: String, mark: RegionMap.Mark, events: UInt64)>
  ) {
    for cell in cells {
      let place = RegionTally.Place(region: cell.region, type: cell.type)
      marks[place] = cell.mark
      if cell.events > 0 { seen.insert(place) }
    }
  }

  /// How many cells were unknown then.
  public var unknownCount: Int { marks.values.count { $0 == .unknown } }

  /// What is worse in a map than it was: cells that are not as declared now and were; and, where
  /// there are more unknown ones than there were, those that were not.
  public func worsened(in map: RegionMap) -> [RegionMap.Cell] {
    let hasGrown = map.count(.unknown) > unknownCount
    return map.cells.filter { cell in
      let before = marks[RegionTally.Place(region: cell.region, type: cell.type)]
      switch cell.mark {
      case .unknown: return hasGrown && before != .unknown
      case .deviation, .lie, .broken: return before != cell.mark
      default: return false
      }
    }
  }

  /// Cells in which events came in a map, and none here: "seen in production, never in tests".
  public func unseen(of map: RegionMap) -> [RegionMap.Cell] {
    map.cells.filter { cell in
      cell.count != nil && !seen.contains(.init(region: cell.region, type: cell.type))
    }
  }
}

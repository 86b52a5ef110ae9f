import EvlogCore
import EvlogMachine

/// An earlier map, or one of another log, to compare a map with.
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

  /// Made from recorded cells: their regions and event types, their marks, and their numbers of events.
  public init(
    _ cells: some Sequence<(region: String, type: String, mark: RegionMap.Mark, events: UInt64)>
  ) {
    for cell in cells {
      let place = RegionTally.Place(region: cell.region, type: cell.type)
      marks[place] = cell.mark
      if cell.events > 0 { seen.insert(place) }
    }
  }

  /// The number of cells that were unknown then.
  public var unknownCount: Int { marks.values.count { $0 == .unknown } }

  /// The cells that are worse now: those that are newly not as declared and, if more cells are unknown than
  /// before, those that are newly unknown.
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

  /// Cells in which events occurred in the given map but not in this one: "seen in production, never in tests".
  public func unseen(of map: RegionMap) -> [RegionMap.Cell] {
    map.cells.filter { cell in
      cell.count != nil && !seen.contains(.init(region: cell.region, type: cell.type))
    }
  }
}

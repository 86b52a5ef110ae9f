import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What is drawn over the columns of a window. However far it is zoomed out, no episode that meets it is left out: those
/// that would fall into the same column are one mark, which says how many they are.
struct Marks {
  /// A lane has so many marks of its own before neighbours are joined.
  private static let laneLimit = 400

  let window: TileWindow
  /// The time of the event before a cut.
  let time: (Cut) throws -> Int64?

  /// Where a cut is in the window: a cut is where the event before it is.
  private func position(_ cut: Cut) throws -> Int64 {
    switch window.axis {
    case .offset: Int64(UInt64(cut.offsetBefore ?? 0))
    case .time: try time(cut) ?? .min
    }
  }

  private struct Bar {
    var episode: Episode
    var count = 1
    var endCut: Cut?
    var low: Int64
    /// The last position at which it is violated; nil if it lasts.
    var high: Int64?
  }

  /// The episodes of an invariant that meet the window, or the events that violate a step.
  func episodes(_ finding: Finding) throws -> [JSONValue] {
    var bars: [Bar] = []
    for episode in finding.invariant.kind == .step ? Array(finding.breaks) : finding.episodes {
      let low = try position(episode.firstCut)
      let isStep = finding.invariant.kind == .step
      // The event that heals comes right after the last violated cut.
      let high: Int64? = isStep ? low : try episode.endCut.map { max(low, try position($0)) }
      guard low < window.to, high.map({ $0 >= window.from }) ?? true else { continue }
      bars.append(Bar(episode: episode, endCut: episode.endCut, low: low, high: high))
    }
    if bars.count > Self.laneLimit { bars = joined(bars) }
    return try bars.map { try json($0, finding.invariant) }
  }

  /// Bars that begin in the column where the one before ends, or earlier, are one with it.
  private func joined(_ bars: [Bar]) -> [Bar] {
    var result: [Bar] = []
    for bar in bars.sorted(by: { $0.low < $1.low }) {
      guard var last = result.last, let high = last.high,
        bar.low / window.step <= high / window.step
      else {
        if result.last?.high == nil, var last = result.last {
          last.count += 1
          result[result.count - 1] = last
        } else {
          result.append(bar)
        }
        continue
      }
      last.count += bar.count
      if bar.high.map({ $0 > high }) ?? true { (last.high, last.endCut) = (bar.high, bar.endCut) }
      result[result.count - 1] = last
    }
    return result
  }

  private func json(_ bar: Bar, _ invariant: InvariantDescriptor) throws -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("kind", .string("episode")), ("invariant", .string(invariant.name)),
      ("firstCut", .int(bar.episode.firstCut)), ("endCut", bar.endCut.map { .int($0) } ?? .null),
      ("count", .int(bar.count)),
    ]
    if bar.count == 1 { members.append(("key", bar.episode.key.map { .string($0) } ?? .null)) }
    if window.axis == .time {
      members += [
        ("firstTime", .milliseconds(bar.low)),
        ("endTime", bar.high.map { .milliseconds($0) } ?? .null),
      ]
    }
    return .object(members)
  }

  /// A mark at a cut, if it is in the window.
  func mark(_ kind: String, at cut: Cut, _ members: [(String, JSONValue)]) throws -> JSONValue? {
    let place = try position(cut)
    guard place >= window.from, place <= window.to else { return nil }
    let times: [(String, JSONValue)] = window.axis == .time ? [("time", .milliseconds(place))] : []
    return .object([("kind", .string(kind))] + members + times)
  }
}

extension JSONValue {
  /// A time in nanoseconds, as milliseconds since 1970.
  static func milliseconds(_ nanoseconds: Int64) -> JSONValue {
    JSONNumber(Timestamp(nanoseconds: nanoseconds).milliseconds).map { .number($0) } ?? .null
  }
}

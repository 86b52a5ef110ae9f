import EvlogCore
import EvlogJSON
import EvlogMachine

/// Follows the values at some paths of a state through events.
///
/// Small values are compared after each event. Where one is large, what events write is watched instead, if the
/// machine's writes can be: then an event costs what it changes, and the arrays that it changes.
struct PlaceFollower {
  let paths: [StatePath]
  /// The stream or key whose state it is; nil for the log's.
  let key: String?
  /// By path, the value, until writes are watched.
  private var values: [JSONValue?] = []
  /// By path, what the value was before it became another one last, and what it became.
  private var lasts: [(old: JSONValue?, new: JSONValue?)]
  /// By path, the last change, where it was before watching began or ended.
  private var settled: [[StateDiff.Change]?]
  /// By path, once they are.
  private var watched: [FollowedPlace] = []
  /// Whether watching is worth it: not where events write the state as a whole.
  private var isWatchable: Bool

  init(_ paths: [StatePath], of key: String?, in execution: any Host) throws(MachineError) {
    self.paths = paths
    self.key = key
    isWatchable = execution.watchesWrites
    lasts = paths.map { _ in (nil, nil) }
    settled = paths.map { _ in nil }
    for path in paths { values.append(try execution.value(at: path, of: key)) }
  }

  /// The value at a path, which is the one with this number.
  func value(_ path: Int) -> JSONValue? { watched.isEmpty ? values[path] : watched[path].value }

  /// What the last event that changed something at a path changed there.
  func lastChanges(_ path: Int) -> [StateDiff.Change] {
    if let known = settled[path] { return known }
    if !watched.isEmpty { return watched[path].lastChanges }
    return StateDiff(changing: paths[path], from: lasts[path].old, to: lasts[path].new).changes
  }

  /// Reduces events, and returns those that changed something at the paths, in the order of the log. What they
  /// changed is computed on request.
  mutating func follow(
    _ events: ArraySlice<RecordedEvent>, in execution: any Host,
    change: (_ path: Int, _ offset: Offset, () -> [StateDiff.Change]) -> Void
  ) throws(MachineError) {
    var rest = events
    while !rest.isEmpty {
      // Not many at a time: a small value may become a large one.
      let next = rest.prefix(Self.step)
      rest = rest.dropFirst(Self.step)
      if watched.isEmpty, isWatchable, values.contains(where: { $0?.isLarge == true }) {
        try watch(execution)
      }
      if watched.isEmpty {
        try compare(next, in: execution, change: change)
      } else {
        try trace(next, in: execution, change: change)
      }
    }
  }

  private static let step = 256

  private mutating func compare(
    _ events: ArraySlice<RecordedEvent>, in execution: any Host,
    change: (_ path: Int, _ offset: Offset, () -> [StateDiff.Change]) -> Void
  ) throws(MachineError) {
    var (values, lasts, settled) = (values, lasts, settled)
    defer { (self.values, self.lasts, self.settled) = (values, lasts, settled) }
    try execution.run(events, watching: .paths(paths, of: key), verdict: { _ in }) { moment in
      for (path, new) in moment.values {
        let old = values[path]
        lasts[path] = (old, new)
        settled[path] = nil
        values[path] = new
        change(path, moment.offset) {
          StateDiff(changing: paths[path], from: old, to: new).changes
        }
      }
    }
  }

  private mutating func watch(_ execution: any Host) throws(MachineError) {
    settled = paths.indices.map(lastChanges)
    for path in paths {
      let place = try FollowedPlace(path) { (whole) throws(MachineError) in
        try execution.value(at: whole, of: key)
      }
      watched.append(place)
    }
    values = []
  }

  private mutating func trace(
    _ events: ArraySlice<RecordedEvent>, in execution: any Host,
    change: (_ path: Int, _ offset: Offset, () -> [StateDiff.Change]) -> Void
  ) throws(MachineError) {
    let mine = key.map(Name.init)
    var (watched, settled) = (watched, settled)
    (self.watched, self.settled) = ([], [])
    var isWhole = false
    defer {
      (self.watched, self.settled) = (watched, settled)
      if isWhole {
        self.settled = paths.indices.map(lastChanges)
        values = watched.map(\.value)
        self.watched = []
      }
      isWatchable = !isWhole
    }
    try execution.run(events, watching: .writes(verdicts: false), verdict: { _ in }) { moment in
      guard moment.key.map(Name.init) == mine, !moment.writes.isEmpty else { return }
      if moment.writes.contains(where: { $0.path.steps.isEmpty && $0.old != nil }) {
        isWhole = true
      }
      for path in watched.indices {
        guard watched[path].write(moment.writes.lazy.map { ($0.path.steps, $0.new) }) else {
          continue
        }
        settled[path] = nil
        let place = watched[path]
        change(path, moment.offset) { place.lastChanges }
      }
    }
  }
}

extension JSONValue {
  /// With more values in it than this, a value is large.
  private static var largeCount: Int { 100 }

  fileprivate var isLarge: Bool {
    var left = Self.largeCount
    return !isWithin(&left)
  }

  private func isWithin(_ left: inout Int) -> Bool {
    left -= 1
    guard left >= 0 else { return false }
    switch self {
    case .object(let object): return object.members.allSatisfy { $0.value.isWithin(&left) }
    case .array(let items): return items.allSatisfy { $0.isWithin(&left) }
    default: return true
    }
  }
}

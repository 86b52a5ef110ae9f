import Replay

/// The value at a place, which is brought along by what events write in it and around it.
///
/// Each event costs what it writes there. What the last one changed is worked out when it is asked for: that
/// takes a look at the arrays that it changed, whose elements may be told apart by their members.
struct FollowedPlace {
  let path: StatePath
  /// The steps that say by themselves where they lead.
  private let plain: ArraySlice<StatePath.Step>
  /// The steps from the first one by a member's value on: where it leads depends on the whole array.
  private let rest: ArraySlice<StatePath.Step>
  /// What is at the plain steps.
  private var held: JSONValue?
  /// What the last event that changed it found where it wrote.
  private var found: [PlacedValue] = []
  /// With steps by a member's value: what the value was before that event. Others may have written beside it since.
  private var oldElement: JSONValue?

  /// The value at the place; nil where it is not there.
  var value: JSONValue? { held?.at(rest) }

  static func plainSteps(of path: StatePath) -> ArraySlice<StatePath.Step> {
    path.steps.prefix { if case .element = $0 { false } else { true } }
  }

  /// `value` is asked for the one at the plain steps.
  init<Failure: Error>(
    _ path: StatePath, value: (StatePath) throws(Failure) -> JSONValue?
  ) throws(Failure) {
    self.path = path
    plain = Self.plainSteps(of: path)
    rest = path.steps[plain.endIndex...]
    held = try value(StatePath(Array(plain)))
  }

  /// What of a write is at the plain steps; nil where it is somewhere else.
  private func inside(_ steps: [StatePath.Step], _ value: JSONValue?) -> PlacedValue? {
    if steps.count <= plain.count {
      guard plain.starts(with: steps) else { return nil }
      return PlacedValue([], value?.at(plain.dropFirst(steps.count)))
    }
    guard steps.starts(with: plain) else { return nil }
    return PlacedValue(steps.dropFirst(plain.count), value)
  }

  /// Writes what one event wrote, be it here or elsewhere; whether that changed something here.
  mutating func write(_ writes: some Sequence<([StatePath.Step], JSONValue?)>) -> Bool {
    let placed = writes.compactMap { inside($0.0, $0.1) }
    if placed.isEmpty { return false }
    guard rest.isEmpty else {
      let old = value
      held.write(placed)
      if value == old { return false }
      oldElement = old
      return true
    }
    let before = placed.map { PlacedValue($0.steps, held?.at($0.steps)) }
    guard zip(placed, before).contains(where: { $0.value != $1.value }) else { return false }
    held.write(placed)
    found = before
    return true
  }

  /// What the last event that changed something here changed.
  var lastChanges: [StateDiff.Change] {
    guard rest.isEmpty else {
      return StateDiff(changing: path, from: oldElement, to: value).changes
    }
    var old = held
    old.write(found)
    // An array is compared as a whole, but nothing that the event did not write in.
    var places: Set<StatePath> = []
    for one in found {
      places.insert(StatePath(one.steps.prefix { if case .index = $0 { false } else { true } }))
    }
    let sorted = places.sorted { StatePath.Step.precedes($0.steps[...], $1.steps[...]) }
    return sorted.flatMap { place in
      StateDiff(
        changing: StatePath(path.steps + place.steps), from: old?.at(place.steps[...]),
        to: held?.at(place.steps[...])
      ).changes
    }
  }
}

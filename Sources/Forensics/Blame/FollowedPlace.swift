import Replay

/// The value at a place, which is brought along by what events write in it and around it: what each of them
/// changed is found without a look at the rest, but for the arrays that it changed.
struct FollowedPlace {
  let path: StatePath
  /// The steps that say by themselves where they lead.
  private let plain: ArraySlice<StatePath.Step>
  /// The steps from the first one by a member's value on: where it leads depends on the whole array.
  private let rest: ArraySlice<StatePath.Step>
  /// What is at the plain steps.
  private var held: JSONValue?

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

  /// Writes what one event wrote, be it here or elsewhere; what that changed here.
  mutating func write(_ writes: some Sequence<([StatePath.Step], JSONValue?)>)
    -> [StateDiff.Change]
  {
    let placed = writes.compactMap { inside($0.0, $0.1) }
    if placed.isEmpty { return [] }
    guard rest.isEmpty else {
      let old = value
      held.write(placed)
      return StateDiff(changing: path, from: old, to: value).changes
    }
    // An array is compared as a whole: its elements may be told apart by their members.
    var places: Set<StatePath> = []
    for one in placed {
      places.insert(StatePath(one.steps.prefix { if case .index = $0 { false } else { true } }))
    }
    let sorted = places.sorted { StatePath.Step.precedes($0.steps[...], $1.steps[...]) }
    let olds = sorted.map { held?.at($0.steps[...]) }
    held.write(placed)
    return zip(sorted, olds).flatMap { place, old in
      StateDiff(
        changing: StatePath(path.steps + place.steps), from: old, to: held?.at(place.steps[...])
      ).changes
    }
  }
}

import EvlogJSON

/// The value at a path, kept up to date from what events write at, below and above it.
///
/// Each event costs what it writes there. What the last event changed is computed on request; this compares the
/// arrays that it changed, whose elements may be identified by their members.
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
  /// How many elements the arrays had that it wrote in.
  private var counts: [StatePath: Int] = [:]
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
    counts = [:]
    for one in placed {
      guard let array = Self.array(in: one.steps), counts[array] == nil else { continue }
      counts[array] = held?.at(array.steps[...])?.arrayValue?.count
    }
    held.write(placed)
    found = before
    return true
  }

  /// What the last event that changed something here changed.
  var lastChanges: [StateDiff.Change] {
    guard rest.isEmpty else {
      return StateDiff(changing: path, from: oldElement, to: value).changes
    }
    if let changes = changesOneByOne { return changes }
    var old = held
    old.write(found)
    // An array is compared as a whole, but nothing that the event did not write in.
    let places = Set(found.map { Self.array(in: $0.steps) ?? StatePath(Array($0.steps)) })
    let sorted = places.sorted { StatePath.Step.precedes($0.steps[...], $1.steps[...]) }
    return sorted.flatMap { place in
      StateDiff(
        changing: StatePath(path.steps + place.steps), from: old?.at(place.steps[...]),
        to: held?.at(place.steps[...])
      ).changes
    }
  }

  /// The outermost array on the way to a place in it.
  private static func array(in steps: ArraySlice<StatePath.Step>) -> StatePath? {
    let before = steps.prefix { if case .index = $0 { false } else { true } }
    return before.count == steps.count ? nil : StatePath(Array(before))
  }

  /// The changes at the places that the event wrote, without a look at anything else; nil where an array must
  /// be compared as a whole: its elements may have moved, or may be identified by a member.
  private var changesOneByOne: [StateDiff.Change]? {
    let sorted = found.sorted { StatePath.Step.precedes($0.steps, $1.steps) }
    for (a, b) in zip(sorted, sorted.dropFirst()) where b.steps.starts(with: a.steps) { return nil }
    var numbers: [StatePath: [Int]] = [:]
    for one in sorted {
      guard let array = Self.array(in: one.steps) else { continue }
      guard case .index(let number) = one.steps[one.steps.startIndex + array.steps.count] else {
        return nil
      }
      numbers[array, default: []].append(number)
    }
    for (array, written) in numbers {
      guard let old = counts[array], let items = held?.at(array.steps[...])?.arrayValue,
        old == items.count || (written.first ?? 0) >= min(old, items.count),
        Self.hasUnnamed(items.prefix(old), besides: written)
      else { return nil }
    }
    return sorted.flatMap { one in
      StateDiff(
        changing: StatePath(path.steps + one.steps), from: one.value, to: held?.at(one.steps)
      ).changes
    }
  }

  /// Whether an element that was not written has neither a text nor a number that could tell it from others.
  private static func hasUnnamed(_ items: ArraySlice<JSONValue>, besides written: [Int]) -> Bool {
    guard let i = items.indices.first(where: { !written.contains($0) }) else { return false }
    return ["id", "key"].allSatisfy { name in
      switch items[i][name] {
      case .string, .number: false
      default: true
      }
    }
  }
}

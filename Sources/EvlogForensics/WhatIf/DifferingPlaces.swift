import EvlogCore
import EvlogJSON

/// The paths at which the states of two runs differ, with both values; none of them lies below another.
///
/// It follows what both runs write. Its cost depends on that and on the difference: the states themselves are
/// not examined.
struct DifferingPlaces {
  private typealias Step = StatePath.Step

  /// A path that differs, or one above such paths.
  private final class Node {
    var values: (first: JSONValue?, second: JSONValue?)?
    var children: [Step: Node] = [:]
  }

  private let root = Node()

  /// The paths at which two whole states differ.
  init(_ first: JSONValue, _ second: JSONValue) { add(StatePath(), first, second) }

  var isEmpty: Bool { root.values == nil && root.children.isEmpty }

  /// Whether something differs below the first step of paths.
  func isDifferent(below step: StatePath.Step) -> Bool {
    root.values != nil || root.children[step] != nil
  }

  /// A path, with its value in each run; nil if there is none.
  struct Place {
    let path: StatePath
    let first: JSONValue?
    let second: JSONValue?
  }

  /// All of them.
  var all: [Place] {
    var places: [Place] = []
    func collect(_ node: Node, _ steps: [Step]) {
      if let values = node.values {
        places.append(Place(path: StatePath(steps), first: values.first, second: values.second))
      }
      for (step, child) in node.children { collect(child, steps + [step]) }
    }
    collect(root, [])
    return places
  }

  /// Takes in what one event wrote in each of the runs.
  mutating func apply(_ first: [Write], _ second: [Write]) {
    if first == second, isEmpty || first.allSatisfy({ isAlike(at: $0.path) }) { return }
    var groups: [StatePath: (first: [Write], second: [Write])] = [:]
    let paths = Set(first.map(\.path) + second.map(\.path))
    /// The outermost of all written places that a written place is in.
    func outermost(_ path: StatePath) -> StatePath {
      for count in 0..<path.steps.count {
        let holder = StatePath(Array(path.steps.prefix(count)))
        if paths.contains(holder) { return holder }
      }
      return path
    }
    for write in first { groups[outermost(write.path), default: ([], [])].first.append(write) }
    for write in second { groups[outermost(write.path), default: ([], [])].second.append(write) }
    // In the order of the writes: an element of an array must not be put in before those in front of it.
    for path in (first + second).map({ outermost($0.path) }).uniqued() {
      if let writes = groups[path] { apply(writes.first, writes.second, in: path) }
    }
  }

  private func apply(
    _ first: [Write], _ second: [Write], in path: StatePath
  ) {
    var place = path
    var values: (first: JSONValue?, second: JSONValue?)
    if let (holder, known) = holder(of: path) {
      place = holder
      values = known
    } else {
      // What differs in it makes the one value of the other.
      let parts = takeParts(of: path)
      if let write = first.first(where: { $0.path == path }) {
        values = (write.old, write.old)
        values.second.write(parts.map { PlacedValue($0.steps, $0.second) })
      } else {
        let old = second.first { $0.path == path }?.old
        values = (old, old)
        values.first.write(parts.map { PlacedValue($0.steps, $0.first) })
      }
    }
    func placed(_ writes: [Write]) -> [PlacedValue] {
      writes.map { PlacedValue($0.path.steps.dropFirst(place.steps.count), $0.new) }
    }
    values.first.write(placed(first))
    values.second.write(placed(second))
    remove(place)
    add(place, values.first, values.second)
  }

  /// Whether nothing differs at a path, below it, or above it.
  private func isAlike(at path: StatePath) -> Bool {
    var node = root
    for step in path.steps {
      if node.values != nil { return false }
      guard let child = node.children[step] else { return true }
      node = child
    }
    return node.values == nil && node.children.isEmpty
  }

  /// Removes a path that is no longer to be compared.
  mutating func drop(_ path: StatePath) { remove(path) }

  // MARK: The tree of places

  private func add(_ path: StatePath, _ first: JSONValue?, _ second: JSONValue?) {
    for difference in Write.between(first, second, at: path) {
      var node = root
      for step in difference.path.steps {
        let child = node.children[step] ?? Node()
        node.children[step] = child
        node = child
      }
      node.values = (difference.old, difference.new)
    }
  }

  /// The differing path that a path equals or lies below.
  private func holder(of path: StatePath) -> (
    path: StatePath, values: (first: JSONValue?, second: JSONValue?)
  )? {
    var node = root
    for (i, step) in path.steps.enumerated() {
      if let values = node.values { return (StatePath(Array(path.steps.prefix(i))), values) }
      guard let child = node.children[step] else { return nil }
      node = child
    }
    return node.values.map { (path, $0) }
  }

  /// The differing paths below a path, which are removed.
  private func takeParts(of path: StatePath) -> [(
    steps: ArraySlice<Step>, first: JSONValue?, second: JSONValue?
  )] {
    var node = root
    for step in path.steps {
      guard let child = node.children[step] else { return [] }
      node = child
    }
    var parts: [(steps: ArraySlice<Step>, first: JSONValue?, second: JSONValue?)] = []
    func collect(_ node: Node, _ steps: [Step]) {
      if let values = node.values { parts.append((steps[...], values.first, values.second)) }
      for (step, child) in node.children.sorted(by: { $0.key.isBefore($1.key) }) {
        collect(child, steps + [step])
      }
    }
    collect(node, [])
    remove(path)
    return parts
  }

  /// Removes a path with everything below it, and what only led there.
  private func remove(_ path: StatePath) {
    var nodes = [root]
    for step in path.steps {
      guard let child = nodes[nodes.count - 1].children[step] else { return }
      nodes.append(child)
    }
    nodes[nodes.count - 1].values = nil
    nodes[nodes.count - 1].children = [:]
    for (node, step) in zip(nodes.dropLast(), path.steps).reversed() {
      if let child = node.children[step], child.values == nil, child.children.isEmpty {
        node.children[step] = nil
      }
    }
  }
}

extension StatePath.Step {
  /// Whether one element of an array is in front of another.
  fileprivate func isBefore(_ other: StatePath.Step) -> Bool {
    if case (.index(let a), .index(let b)) = (self, other) { a < b } else { false }
  }
}

import EvlogCore
import EvlogJSON
import EvlogMachine

/// A page of what is one step below a path of a state.
struct StatePage {
  /// About so many bytes a page has at most.
  static let byteLimit = 54 << 10

  /// So many characters of a child's text are shown; four times as many of the value's own.
  static let width = Preview.width

  let path: StatePath
  let outline: ValueOutline?
  /// The paths that the event before the cut changed.
  let changed: [StatePath]

  var json: [(String, JSONValue)] {
    var children: [JSONValue] = []
    var bytes = 0
    var last: ValueOutline.Position?
    let all = outline?.children ?? []
    for child in all where bytes < Self.byteLimit {
      let shown = json(child)
      bytes += shown.canonicalBytes.count
      children.append(shown)
      last = child.position
    }
    let hasMore = outline?.hasMore == true || children.count < all.count
    return [
      ("path", .string(path.description)), ("exists", .bool(outline != nil)),
      ("kind", outline.map { .string($0.value.kind) } ?? .null),
      ("count", outline?.count.map { .int($0) } ?? .null),
      ("preview", outline.map { .string(Preview.text($0.value, 4 * Self.width)) } ?? .null),
      ("children", .array(children)),
      ("next", hasMore ? last.map { .string($0.text) } ?? .null : .null),
    ]
  }

  private func json(_ child: ValueOutline.Child) -> JSONValue {
    let (step, name): (StatePath.Step, JSONValue) =
      switch child.position {
      case .key(let key): (.key(key), .string(key))
      case .index(let index): (.index(index), .int(index))
      }
    let path = path.appending(step)
    return .object([
      ("step", name), ("path", .string(path.description)), ("kind", .string(child.value.kind)),
      ("count", child.count.map { .int($0) } ?? .null),
      ("preview", .string(Preview.text(child.value))), ("changed", .bool(isChanged(path))),
    ])
  }

  /// Whether something at the path, below it or above it was changed.
  private func isChanged(_ path: StatePath) -> Bool {
    changed.contains { zip($0.steps, path.steps).allSatisfy { $0 == $1 } }
  }
}

extension ValueOutline.Position {
  /// As a request gives it: an index as its number, a key behind a sign that no number has.
  var text: String {
    switch self {
    case .index(let index): "\(index)"
    case .key(let key): "=\(key)"
    }
  }

  init?(text: String) {
    if text.hasPrefix("=") {
      self = .key(String(text.dropFirst()))
    } else if let index = Int(text), index >= 0 {
      self = .index(index)
    } else {
      return nil
    }
  }
}

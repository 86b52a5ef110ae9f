import EvlogCore
import EvlogJSON

/// A page of what is one step below a path of a state.
struct StatePage {
  /// About so many bytes a page has at most.
  static let byteLimit = 60 << 10

  let path: StatePath
  let value: JSONValue?
  /// The paths that the event before the cut changed.
  let changed: [StatePath]
  let after: Int
  let limit: Int

  var json: [(String, JSONValue)] {
    var children: [JSONValue] = []
    let all = value?.children ?? []
    var bytes = 0
    var i = min(after, all.count)
    while i < all.count, children.count < limit, bytes < Self.byteLimit {
      let child = child(all[i].step, all[i].value)
      bytes += child.canonicalBytes.count
      children.append(child)
      i += 1
    }
    return [
      ("path", .string(path.description)), ("exists", .bool(value != nil)),
      ("kind", value.map { .string($0.kind) } ?? .null),
      ("count", value?.childCount.map { .int($0) } ?? .null),
      ("preview", value.map { .string(Preview.text($0, 400)) } ?? .null),
      ("children", .array(children)),
      ("next", i < all.count ? .string("\(i)") : .null),
    ]
  }

  private func child(_ step: StatePath.Step, _ value: JSONValue) -> JSONValue {
    let path = path.appending(step)
    let name: JSONValue =
      switch step {
      case .key(let key): .string(key)
      case .index(let i): .int(i)
      case .element(_, let value): .string(value)
      }
    return .object([
      ("step", name), ("path", .string(path.description)), ("kind", .string(value.kind)),
      ("count", value.childCount.map { .int($0) } ?? .null),
      ("preview", .string(Preview.text(value))), ("changed", .bool(isChanged(path))),
    ])
  }

  /// Whether something at the path, below it or above it was changed.
  private func isChanged(_ path: StatePath) -> Bool {
    changed.contains { zip($0.steps, path.steps).allSatisfy { $0 == $1 } }
  }
}

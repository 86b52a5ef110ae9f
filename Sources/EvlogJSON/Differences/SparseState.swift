import EvlogCore

/// A map that shares with its earlier copies what did not change.
protocol SharedMap {
  func whole() throws -> JSONValue
  /// The members that may be others than in an earlier copy; nil where that is no map of this kind.
  func differences(from old: any SharedMap) throws -> [SharedMapDifference]?
}

/// A member of a map before and after; nil where there was none, or is none any more.
struct SharedMapDifference {
  let old: (name: String, state: SparseState)?
  let new: (name: String, state: SparseState)?
}

/// The shared maps of a state, and the texts that stand for them in what was encoded.
final class SharedMaps {
  private var maps: [any SharedMap] = []
  /// No other text begins so.
  private let mark = "map \(UInt64.random(in: .min ... .max)) \(UInt64.random(in: .min ... .max)) "

  /// The text, as JSON, that stands for a map.
  func keep(_ map: any SharedMap) -> String {
    maps.append(map)
    return "\"\(mark)\(maps.count - 1)\""
  }

  func map(at value: JSONValue) -> (any SharedMap)? {
    guard let text = value.stringValue, text.hasPrefix(mark),
      let i = Int(text.dropFirst(mark.count)), maps.indices.contains(i)
    else { return nil }
    return maps[i]
  }

  var isEmpty: Bool { maps.isEmpty }
}

/// A state encoded without what is in its shared maps: they are kept as they are, and compared as such.
package struct SparseState {
  private let value: JSONValue
  private let maps: SharedMaps

  package init(of state: some Encodable) throws {
    let maps = SharedMaps()
    self.maps = maps
    value = try EncodedTree.encoding(state, keeping: maps) { try $0.value() }
  }

  /// Whether there is a shared map in it.
  package var isShared: Bool { !maps.isEmpty }

  /// What was encoded, with what is in its maps.
  func whole() throws -> JSONValue { try whole(value) }

  private func whole(_ value: JSONValue) throws -> JSONValue {
    if maps.isEmpty { return value }
    if let map = maps.map(at: value) { return try map.whole() }
    return switch value {
    case .array(let items): .array(try items.map(whole))
    case .object(let object):
      .object(JSONObject(try object.members.map { ($0.key, try whole($0.value)) }))
    default: value
    }
  }

  /// The places that have other values in a later state.
  package static func writes(from old: SparseState?, to new: SparseState?, at path: StatePath)
    throws
    -> [Write]
  {
    try Write.between(
      old?.value, new?.value, at: path,
      shared: { a, b, path in
        guard let a = a.flatMap({ old?.maps.map(at: $0) }),
          let b = b.flatMap({ new?.maps.map(at: $0) }),
          let differences = try b.differences(from: a)
        else { return nil }
        return try differences.flatMap { try writes(of: $0, at: path) }
      },
      made: { a, b, path in
        Write(
          path: path, old: try a.map { try old?.whole($0) ?? $0 },
          new: try b.map { try new?.whole($0) ?? $0 })
      })
  }

  private static func writes(of difference: SharedMapDifference, at path: StatePath) throws
    -> [Write]
  {
    guard let old = difference.old, let new = difference.new, Name(old.name) != Name(new.name)
    else {
      guard let name = difference.old?.name ?? difference.new?.name else { return [] }
      return try writes(
        from: difference.old?.state, to: difference.new?.state, at: path.appending(.key(name)))
    }
    // A key that was removed and came back in another spelling.
    return try writes(from: old.state, to: nil, at: path.appending(.key(old.name)))
      + writes(from: nil, to: new.state, at: path.appending(.key(new.name)))
  }
}

import EvlogCore
public import EvlogForensics
public import EvlogJSON

/// A path at which two states differ: an added value has no `old`, a removed one no `new`.
extension StateDiff.Change: Codable {
  private enum Key: String, CodingKey { case path, old, new, index, moved, text }
  private struct Moved: Codable { let from, to, count: Int }
  private struct Text: Codable {
    let position: Int
    let removed, inserted: String
  }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    func value(_ key: Key) throws -> JSONValue? {
      // A null is a value: it is not the same as none.
      members.contains(key)
        ? try members.decodeIfPresent(JSONValue.self, forKey: key) ?? .null : nil
    }
    self.init(
      path: try members.decode(StatePath.self, forKey: .path), old: try value(.old),
      new: try value(.new), index: try members.decodeIfPresent(Int.self, forKey: .index),
      shift: try members.decodeIfPresent(Moved.self, forKey: .moved).map {
        StateDiff.Shift(old: $0.from..<$0.from + $0.count, new: $0.to)
      })
    // It follows from both values.
    _ = try members.decodeIfPresent(Text.self, forKey: .text)
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(path, forKey: .path)
    try members.encodeIfPresent(old, forKey: .old)
    try members.encodeIfPresent(new, forKey: .new)
    try members.encodeIfPresent(index, forKey: .index)
    try members.encodeIfPresent(
      shift.map { Moved(from: $0.old.lowerBound, to: $0.new, count: $0.old.count) }, forKey: .moved)
    if let old, let new, let text = TextChange(from: old, to: new, longerThan: 60) {
      try members.encode(
        Text(position: text.position, removed: text.removed, inserted: text.inserted),
        forKey: .text)
    }
  }
}

/// A value that was read, with the event that wrote it.
extension Why.Read: Codable {
  private enum Key: String, CodingKey { case path, value, writer, followed }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    self.init(
      path: try members.decode(StatePath.self, forKey: .path),
      value: members.contains(.value)
        ? try members.decodeIfPresent(JSONValue.self, forKey: .value) ?? .null : nil,
      writer: try members.decodeIfPresent(Offset.self, forKey: .writer),
      isFollowed: try members.decode(Bool.self, forKey: .followed))
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(path, forKey: .path)
    try members.encodeIfPresent(value, forKey: .value)
    try members.encode(writer, forKey: .writer)
    try members.encode(isFollowed, forKey: .followed)
  }
}

extension EpisodeClass: Codable {}

/// A maximal run of violated cuts.
extension Episode: Codable {
  private enum Key: String, CodingKey {
    case key, firstCut, endCut, brokenBy, healedBy, violations
  }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    self.init(
      key: try members.decodeIfPresent(String.self, forKey: .key),
      firstCut: try members.decode(Cut.self, forKey: .firstCut),
      endCut: try members.decodeIfPresent(Cut.self, forKey: .endCut),
      isHealed: try members.decodeIfPresent(Offset.self, forKey: .healedBy) != nil,
      violations: try members.decode(UInt64.self, forKey: .violations))
    // It follows from the first cut.
    _ = try members.decodeIfPresent(Offset.self, forKey: .brokenBy)
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(key, forKey: .key)
    try members.encode(firstCut, forKey: .firstCut)
    try members.encode(endCut, forKey: .endCut)
    try members.encode(brokenBy, forKey: .brokenBy)
    try members.encode(healedBy, forKey: .healedBy)
    try members.encode(violations, forKey: .violations)
  }
}

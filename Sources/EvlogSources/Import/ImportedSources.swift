import EvlogStore

/// All that was ever imported into a log.
struct ImportedSources {
  let all: [ImportedSource]

  init(of log: EventLog) throws {
    var turns: [ImportTurn] = []
    var old: [ImportTurn] = []
    try log.turns { id, offset in
      if let turn = ImportTurn(id, at: offset) { turns.append(turn) }
      if let turn = ImportTurn(old: id, at: offset) { old.append(turn) }
    }
    // Each of the old ones may be the first of its source; those that follow it without a gap are taken
    // for more of it. What is so is said by the events themselves.
    var sources: [ImportedSource] = []
    for turn in old.reversed() {
      let next = sources.last?.stretches.first
      let end = next?.start == turn.offsets.upperBound ? next?.end : turn.offsets.upperBound
      var source = ImportedSource(id: turn.source)
      source.add(turn.offsets.lowerBound..<(end ?? turn.offsets.upperBound), first: 0)
      sources.append(source)
    }
    sources.reverse()
    var places = Dictionary(
      sources.enumerated().map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    for turn in turns {
      let place = places[turn.source] ?? sources.count
      if place == sources.count {
        places[turn.source] = place
        sources.append(ImportedSource(id: turn.source))
      }
      sources[place].add(turn.offsets, first: turn.first, position: turn.position)
    }
    all = sources
  }
}

/// A turn of an import, as its id names it: of which source, how many of the source's events come before
/// it, how many it holds, and where the last of them is in a source that can be read from there.
package struct ImportTurn {
  /// What such ids begin with, and what they began with before they said where in its source a turn is.
  static let idPrefix = "evlog.import:"
  package static let oldIDPrefix = "import:"

  let source: String
  let first: UInt64
  let offsets: Range<Offset>
  let position: Int64?

  static func id(of source: String, first: UInt64, count: Int, position: Int64?) -> String {
    "\(idPrefix)\(source):\(first):\(count)" + (position.map { ":\($0)" } ?? "")
  }

  init?(_ id: String, at offset: Offset) {
    guard id.hasPrefix(Self.idPrefix) else { return nil }
    let parts = id.dropFirst(Self.idPrefix.count).split(separator: ":")
    guard (3...4).contains(parts.count), Digest(parts[0]) != nil, let first = UInt64(parts[1]),
      let count = UInt32(parts[2])
    else { return nil }
    position = parts.count == 4 ? Int64(parts[3]) : nil
    if parts.count == 4, position == nil { return nil }
    (source, self.first, offsets) = (String(parts[0]), first, offset..<(offset + UInt64(count)))
  }

  init?(old id: String, at offset: Offset) {
    guard id.hasPrefix(Self.oldIDPrefix) else { return nil }
    let parts = id.dropFirst(Self.oldIDPrefix.count).split(separator: ":")
    guard parts.count == 2, Digest(parts[0]) != nil, let count = UInt32(parts[1]) else {
      return nil
    }
    position = nil
    (source, first, offsets) = (String(parts[0]), 0, offset..<(offset + UInt64(count)))
  }
}

import EvlogCore
import EvlogJSON

/// Counts differences as they are found, in the order of the histories, and keeps the first of them.
struct DifferenceTally {
  private struct Found {
    let kind: LogComparison.Difference.Kind
    let first, second: Offset?
    let parts: [EventPart]
  }

  private let rules: LogComparison.Rules
  private var counts = LogComparison.Counts()
  private var partCounts: [EventPart: UInt64] = [:]
  private var found: [Found] = []
  /// By the number of a stream, its place in `streams`.
  private var places: [UInt32: Int] = [:]
  private var streams: [(number: UInt32, counts: LogComparison.Counts)] = []
  private var first: (position: LogComparison.Position, first: Offset?, second: Offset?)?

  init(_ rules: LogComparison.Rules) { self.rules = rules }

  /// Takes in that the histories differ from an event of each on; one may have none there.
  mutating func noteFirst(_ firstCut: Cut, _ secondCut: Cut, hasFirst: Bool, hasSecond: Bool) {
    guard first == nil else { return }
    first = (
      LogComparison.Position(
        first: firstCut + (hasFirst ? 1 : 0), second: secondCut + (hasSecond ? 1 : 0)),
      hasFirst ? firstCut.offsetAfter : nil, hasSecond ? secondCut.offsetAfter : nil
    )
  }

  mutating func add(
    _ kind: LogComparison.Difference.Kind, _ first: Offset?, _ second: Offset?,
    ofStream stream: UInt32,
    parts: [EventPart] = []
  ) {
    counts.add(kind)
    if let place = places[stream] {
      streams[place].counts.add(kind)
    } else {
      places[stream] = streams.count
      streams.append((stream, LogComparison.Counts()))
      streams[streams.count - 1].counts.add(kind)
    }
    let parts = parts.filter { !rules.ignoredParts.contains($0) }
    for part in parts { partCounts[part, default: 0] += 1 }
    if found.count < rules.limit {
      found.append(Found(kind: kind, first: first, second: second, parts: parts))
    }
  }

  func comparison(
    of first: any History, _ second: any History, to ends: (first: Cut, second: Cut),
    names: NameTable,
    readCount: UInt64, isShortest: Bool = true
  ) throws -> LogComparison {
    LogComparison(
      rules: rules, ends: .init(first: ends.first, second: ends.second), counts: counts,
      partCounts: EventPart.allCases.compactMap { part in partCounts[part].map { (part, $0) } },
      firstDifference: self.first?.position,
      firstEvents: (
        try self.first?.first.flatMap { try first.event(at: $0) },
        try self.first?.second.flatMap { try second.event(at: $0) }
      ),
      differences: try found.map { found in
        LogComparison.Difference(
          found.kind, try found.first.flatMap { try first.event(at: $0) },
          try found.second.flatMap { try second.event(at: $0) }, found.parts)
      },
      streams: streams.prefix(rules.limit).map {
        .init(name: names.string(Int($0.number)), counts: $0.counts)
      },
      streamCount: streams.count, readCount: readCount, isShortest: isShortest)
  }
}

extension LogComparison.Counts {
  fileprivate mutating func add(_ kind: LogComparison.Difference.Kind) {
    switch kind {
    case .onlyInFirst: onlyInFirst += 1
    case .onlyInSecond: onlyInSecond += 1
    case .changed: changed += 1
    case .moved: moved += 1
    }
  }
}

extension LogComparison.Difference {
  fileprivate init(
    _ kind: Kind, _ first: RecordedEvent?, _ second: RecordedEvent?, _ parts: [EventPart]
  ) {
    self.kind = kind
    self.first = first
    self.second = second
    self.parts = parts
    changes =
      if kind == .changed, let first, let second {
        StateDiff(from: Self.json(first, parts), to: Self.json(second, parts)).changes
      } else {
        []
      }
  }

  /// Some parts of an event, as its line has them.
  private static func json(_ event: RecordedEvent, _ parts: [EventPart]) -> JSONValue {
    // A line of our own making is JSON.
    let line = JSONValue(validating: event.ndjson[...]) ?? .null
    var members: [(String, JSONValue)] = []
    for part in parts {
      for name in [part.rawValue, "\(part.rawValue)64"] {
        if let value = line[name] { members.append((name, value)) }
      }
    }
    return .object(JSONObject(members))
  }
}

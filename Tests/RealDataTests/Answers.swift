import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import Testing

/// What others computed about some events, and which of it a test has looked at.
///
/// A test ends with `expectAllChecked`, so that no answer is passed over in silence.
final class Answers {
  private let name: String
  private let root: JSONValue
  private var checked: Set<[String]> = []

  init(of name: String, _ root: JSONValue) {
    self.name = name
    self.root = root
  }

  subscript(path: String...) -> JSONValue? { self[path] }

  private subscript(path: [String]) -> JSONValue? {
    path.reduce(root) { value, key in value?[key] }
  }

  /// Compares one answer, of any shape.
  func expect(
    _ path: String..., is value: JSONValue?,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    compare(path, value, sourceLocation)
  }

  private func compare(
    _ path: [String], _ value: JSONValue?, _ sourceLocation: Testing.SourceLocation
  ) {
    guard let expected = self[path] else {
      Issue.record("there is no answer \(path)", sourceLocation: sourceLocation)
      return
    }
    checked.insert(path)
    let isSame = expected == value
    // Answers may be long.
    let (found, wanted) = (value?.canonicalText.prefix(300) ?? "nothing", expected.canonicalText)
    #expect(
      isSame, "\(path): \(found), not \(wanted.prefix(300))", sourceLocation: sourceLocation)
  }

  /// Every answer that was not looked at and is not named here makes the test fail.
  func expectAllChecked(
    except: [[String]] = [], sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let (count, left) = leaves(root, []).reduce(into: (0, [[String]]())) { result, path in
      if (1...path.count).contains(where: { checked.contains(Array(path.prefix($0))) }) {
        result.0 += 1
      } else if !except.contains(where: { path.starts(with: $0) }) {
        result.1.append(path)
      }
    }
    #expect(left.isEmpty, "not checked: \(left)", sourceLocation: sourceLocation)
    print("\(name): \(count) answers checked")
  }

  /// Explanations are no answers.
  private static let explanations: Set<String> = ["kind", "what", "note"]

  private func leaves(_ value: JSONValue, _ path: [String]) -> [[String]] {
    guard case .object(let object) = value, !object.members.isEmpty else { return [path] }
    return object.members.filter { !Self.explanations.contains($0.key) }.flatMap {
      leaves($0.value, path + [$0.key])
    }
  }
}

// MARK: - Invariants

extension Answers {
  /// Compares all answers to the invariants under a path with what a machine's invariants of the
  /// same names found; a name's part after a colon is the stream's. `skipping` is for invariants
  /// that are judged elsewhere.
  ///
  /// With a `key`, only its episodes count, and only the events of `range` are its own.
  func expectInvariants(
    of replayed: Replayed, at path: String..., key: String? = nil, in range: Range<Cut>? = nil,
    skipping: Set<String> = [], sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) async throws {
    guard case .object(let invariants) = self[path] else {
      Issue.record("there are no invariants at \(path)", sourceLocation: sourceLocation)
      return
    }
    for (name, answer) in invariants.members.map({ ($0.key, $0.value) })
    where !skipping.contains(name) {
      let ownName = String(name.prefix { $0 != ":" })
      guard let found = replayed.scan.findings.first(where: { $0.invariant.name == ownName }) else {
        Issue.record("the machine has no invariant '\(ownName)'", sourceLocation: sourceLocation)
        continue
      }
      #expect(found.undefinedCount == 0, "\(name)", sourceLocation: sourceLocation)
      let episodes = found.episodes.filter { key == nil || $0.key == key }
      let facts =
        if answer["kind"]?.stringValue == "state" {
          try await stateFacts(
            episodes, replayed, range ?? 0..<replayed.log.end, headCount(answer, "first_intervals"))
        } else {
          try eventFacts(episodes, replayed, headCount(answer, "indexes_head"))
        }
      for (key, value) in facts where answer[key] != nil {
        compare(path + [name, key], value, sourceLocation)
      }
    }
  }

  private func headCount(_ answer: JSONValue, _ key: String) -> Int {
    answer[key]?.arrayValue?.count ?? 0
  }

  /// An answer's intervals go from the offset that broke to the one that healed.
  private func stateFacts(
    _ episodes: [Episode], _ replayed: Replayed, _ range: Range<Cut>, _ headCount: Int
  ) async throws -> [(String, JSONValue)] {
    let intervals = episodes.map { (start: $0.brokenBy ?? 0, end: $0.healedBy) }
    func json(_ interval: (start: Offset, end: Offset?)?) -> JSONValue {
      guard let interval else { return .null }
      return .array([.int(interval.start), optional(interval.end)])
    }
    var longest: (start: Offset, end: Offset?)?
    func length(_ interval: (start: Offset, end: Offset?)) -> UInt64 {
      (interval.end ?? range.upperBound.offsetAfter) - interval.start
    }
    for interval in intervals where longest.map({ length(interval) > length($0) }) ?? true {
      longest = interval
    }
    // Cut 0 is after no event.
    let initial: UInt64 = episodes.contains { $0.firstCut == 0 } ? 1 : 0
    let textbook = try await textbookBisect(episodes, replayed.replayer, range)
    let first = intervals.first?.start
    return [
      ("first_break", optional(first)),
      ("first_heal", optional(intervals.first?.end)),
      ("heals", first == nil ? .null : .bool(intervals.first?.end != nil)),
      ("broken_at_end", .bool(intervals.contains { $0.end == nil })),
      ("breaking_intervals", .int(intervals.count)),
      ("broken_events", .int(episodes.reduce(0) { $0 + $1.violations } - initial)),
      ("first_intervals", .array(intervals.prefix(headCount).map(json))),
      ("last_interval", json(intervals.last)),
      ("longest_interval", json(longest)),
      ("textbook_bisect_would_report", optional(textbook)),
      ("textbook_bisect_is_right", first == nil ? .null : .bool(textbook == first)),
    ]
  }

  /// What the search reports that trusts a break to last.
  private func textbookBisect(
    _ episodes: [Episode], _ replayer: Replayer, _ range: Range<Cut>
  ) async throws -> Offset? {
    let probe = try await replayer.probe(
      from: range.lowerBound, to: range.upperBound, rechecks: false,
      judge: { _, cut in
        episodes.contains { $0.firstCut <= cut && cut < $0.endCut ?? .max } ? .violated : .holds
      })
    if case .boundary(let bad) = probe.outcome { return bad.offsetBefore }
    #expect(probe.outcome == .lastIsGood)
    return nil
  }

  private func eventFacts(
    _ episodes: [Episode], _ replayed: Replayed, _ headCount: Int
  ) throws -> [(String, JSONValue)] {
    let events = try episodes.flatMap { try replayed.events(of: $0) }
      .sorted { $0.offset < $1.offset }
    let offsets = events.map { JSONValue.int($0.offset) }
    return [
      ("first", offsets.first ?? .null),
      ("count", .int(offsets.count)),
      ("indexes_head", .array(Array(offsets.prefix(headCount)))),
      ("last", offsets.last ?? .null),
      (
        "where",
        .array(
          try events.map {
            let id = try JSONParser.parse($0.data)["eventId"] ?? .null
            return .array([.string($0.stream), id, .string($0.type)])
          })
      ),
    ]
  }

  private func optional(_ value: Offset?) -> JSONValue { value.map { .int($0) } ?? .null }
}

extension Replayed {
  /// The events of an episode of a step or history invariant. In all data with states by key, the
  /// events of a key are neighbours.
  func events(of episode: Episode) throws -> [RecordedEvent] {
    let first = (episode.firstCut - 1).offsetAfter
    return try (first..<(first + episode.violations)).compactMap { offset in
      let event = try log.event(at: offset)
      if let event, let key = episode.key { #expect(event.stream.hasPrefix(key)) }
      return event
    }
  }
}

extension JSONValue {
  /// An object of counts by name.
  static func counts(_ counts: [String: UInt64]) -> JSONValue {
    .object(counts.map { ($0.key, .int($0.value)) })
  }

  /// The members of an object, in the order of their keys.
  var members: [JSONObject.Member] {
    if case .object(let object) = self { object.members } else { [] }
  }

  /// Of the whole numbers that an object's members are.
  var sum: Int { members.reduce(0) { $0 + ($1.value.integer(Int.self) ?? 0) } }
}

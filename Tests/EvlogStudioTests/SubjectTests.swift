import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore
import EvlogTesting
import Foundation
import ReplayTestSupport
import Testing

@testable import EvlogStudio

/// What the page is told, against the whole states, scans and events that it is a part of.
@Suite struct SubjectTests {
  private static func subject(
    _ random: inout SeededGenerator, _ folder: TemporaryFolder, _ scope: ScopeKind, count: Int
  ) throws -> (Subject, EventLog, any Program) {
    let log = try folder.log("shelves.evlog", Shelves.events(&random, count))
    let program = Shelves(scopeKind: scope).program
    var source = SubjectSource(log: "shelves.evlog", history: log)
    source.machine = "shelves"
    source.load = { program }
    let studio = try Studio([source], wording: { "\($0)" })
    return (studio.subjects[0], log, program)
  }

  @Test(arguments: [ScopeKind.log, .stream]) func everyMomentIsAsItWas(scope: ScopeKind)
    async throws
  {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, program) = try Self.subject(&random, folder, scope, count: 400)
    let replayer = Replayer(program, over: log)
    let scan = try await replayer.scan()
    let loaded = try subject.required()
    for round in 0..<60 {
      if round == 30 { _ = try await loaded.judge() }
      let cut = Cut(random.below(401))
      let comment: Comment = "cut \(cut), \(scope), seed \(seed)"
      let moment = JSONValue.object(try await subject.moment(at: cut, key: nil))
      let event = try cut.offsetBefore.flatMap { try log.event(at: $0) }
      #expect(moment["event"]?["offset"]?.integer(Offset.self) == event?.offset, comment)
      let key = moment["key"]?.stringValue
      #expect(key == (scope == .stream ? event?.stream : nil), comment)
      guard cut > 0 else { continue }
      let (old, new) = (
        try replayer.wholeState(at: cut - 1), try replayer.wholeState(at: cut)
      )
      let diff = StateDiff(
        changing: StatePath(), from: key.map { old[$0] } ?? old, to: key.map { new[$0] } ?? new)
      let changes = try #require(moment["changes"]?.arrayValue)
      #expect(
        changes.compactMap { $0["path"]?.stringValue } == diff.changes.map(\.path.description),
        comment)
      #expect(changes.map { $0["new"] } == diff.changes.map(\.new), comment)
      // The verdicts are those of the scan, where it is known, and else those that can be judged here.
      for (i, invariant) in program.descriptor.invariants.enumerated() {
        let said = moment["verdicts"]?.arrayValue?[i]["holds"]?.stringValue
        let isBroken = scan.findings[i].breaks.contains {
          $0.firstCut <= cut && ($0.endCut.map { cut < $0 } ?? true) && $0.key == key
        }
        if round >= 30 || invariant.kind == .state {
          #expect(said == (isBroken ? "violated" : "holds"), comment)
        } else {
          #expect(said == "unknown", comment)
        }
      }
    }
    log.close()
  }

  /// All pages of all levels together are the state.
  @Test func pagesOfAStateAreTheState() async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, program) = try Self.subject(&random, folder, .log, count: 200)
    for _ in 0..<20 {
      let cut = Cut(random.below(201))
      let state = try Replayer(program, over: log).wholeState(at: cut)
      func walk(_ path: StatePath) async throws -> Int {
        var (seen, after) = (0, ValueOutline.Position?.none)
        let value = try #require(state[path])
        while true {
          let page = JSONValue.object(
            try await subject.state(
              at: cut, key: nil, path: path, after: after, limit: 1 + random.below(4)))
          #expect(page["kind"]?.stringValue == value.kind, "seed \(seed)")
          for child in page["children"]?.arrayValue ?? [] {
            let childPath = try StatePath(parsing: try #require(child["path"]?.stringValue))
            let below = try #require(state[childPath], "\(childPath), seed \(seed)")
            #expect(child["kind"]?.stringValue == below.kind)
            #expect(child["count"]?.integer(Int.self) == below.childCount)
            if below.childCount == nil {
              #expect(child["preview"]?.stringValue == below.canonicalText)
            }
            seen += try await walk(childPath)
          }
          guard let next = page["next"]?.stringValue else { break }
          let position: ValueOutline.Position = try #require(.init(text: next))
          after = position
        }
        return seen + (value.childCount ?? 0 == 0 ? 1 : 0)
      }
      let count = try await walk(StatePath())
      #expect(count == state.pathCount, "cut \(cut), seed \(seed)")
    }
    log.close()
  }

  @Test func aPageOfStateIsSmallWhateverTheStateIs() throws {
    let wide = JSONValue.object(
      (0..<20_000).map { ("key \($0) " + String(repeating: "é", count: 900), .int($0)) })
    let long = JSONValue.array([.string(String(repeating: "x", count: 10_000_000))])
    for value in [wide, long, .array([wide, long])] {
      let asked = OutlineRequest(StatePath(), of: nil, limit: 200, width: StatePage.width)
      let page = StatePage(
        path: StatePath(), outline: ValueOutline(of: value, asked), changed: [])
      #expect(JSONValue.object(page.json).canonicalBytes.count <= 64 << 10)
    }
  }

  /// A column beside a list has the values that a look at each state finds.
  @Test(arguments: [ScopeKind.log, .stream]) func aColumnHasTheValuesOfTheStates(scope: ScopeKind)
    async throws
  {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, program) = try Self.subject(&random, folder, scope, count: 300)
    let replayer = Replayer(program, over: log)
    let path = try StatePath(parsing: "shelves.s1")
    let cuts = (0..<60).map { _ in Cut(random.below(301)) }
    let column = JSONValue.object(try await subject.column(path, key: nil, at: cuts))
    #expect(column["complete"] == .bool(true))
    let values = try #require(column["values"]?.arrayValue)
    #expect(values.compactMap { $0["cut"]?.integer(Cut.self) } == Set(cuts).sorted())
    for value in values {
      let cut = try #require(value["cut"]?.integer(Cut.self))
      var state: JSONValue? = try replayer.wholeState(at: cut)
      if scope == .stream {
        state = try cut.offsetBefore.flatMap { try log.event(at: $0) }.flatMap { state?[$0.stream] }
      }
      #expect(
        value["value"]?.stringValue == state?[path]?.canonicalText, "cut \(cut), seed \(seed)")
    }
    log.close()
  }

  /// Matches of a window, piece by piece, are the events that a list finds in it.
  @Test func matchesAreTheEventsThatAListFinds() async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, _) = try Self.subject(&random, folder, .log, count: 3000)
    for axis in ["offset", "time"] {
      for _ in 0..<20 {
        let ends = [random.below(3001), random.below(3001)].sorted()
        let unit = axis == "time" ? 1000 : 1
        let query = "axis=\(axis)&from=\(ends[0] * unit)&to=\(ends[1] * unit)&columns=40&text=s3"
        var counts: [Int: Int] = [:]
        var next: String?
        var window = JSONValue.null
        repeat {
          window = .object(
            try await subject.matches(Parameters(query: query + (next.map { "&next=\($0)" } ?? "")))
          )
          for pair in try #require(window["counts"]?.arrayValue) {
            let numbers = try #require(pair.arrayValue?.compactMap { $0.integer(Int.self) })
            counts[numbers[0], default: 0] += numbers[1]
          }
          next = window["next"]?.stringValue
        } while next != nil
        var expected: [Int: Int] = [:]
        func number(_ name: String) -> Double {
          if case .number(let number)? = window[name] { number.double } else { .nan }
        }
        let (start, step) = (number("start"), number("step"))
        let (from, to) = (number("from"), number("to"))
        try log.forEachRow(of: Query()) { row in
          for event in row where TextNeedle("s3").isIn(event.data) {
            let position =
              axis == "time"
              ? event.recordedAt.milliseconds : Double(UInt64(event.offset))
            guard position >= from, position < to else { continue }
            expected[Int((position - start) / step), default: 0] += 1
          }
          return true
        }
        #expect(counts == expected, "\(query), seed \(seed)")
      }
    }
    log.close()
  }

  /// Searches by pieces, forward and back, find what a look at every event finds.
  @Test func searchesFindWhatThereIs() async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, _) = try Self.subject(&random, folder, .log, count: 3000)
    let events = try (0..<3000).map { try #require(try log.event(at: Offset($0))) }
    for _ in 0..<40 {
      var search = EventSearch(from: Cut(random.below(3001)), limit: 1 + random.below(200))
      search.direction = random.oneIn(2) ? .forward : .back
      if random.oneIn(2) { search.types = ["moved", "counted"] }
      if random.oneIn(3) { search.stream = random.oneIn(2) ? "aisle-2" : "aisle*" }
      if random.oneIn(3) { search.text = ["S3", "\"n\":-7", "nowhere"][random.below(3)] }
      if random.oneIn(3) { search.since = Timestamp(nanoseconds: 1_000_000_000_000) }
      if random.oneIn(3) { search.until = Timestamp(nanoseconds: 2_500_000_000_000) }
      if random.oneIn(2) {
        search.near = ["seen", "counted", "moved"][random.below(3)]
        search.within = UInt64(1 + random.below(5))
        search.neighbour = EventSearch.Neighbour.allCases[random.below(3)]
      }
      var expected = events.filter { event in
        (search.types.isEmpty || search.types.contains(event.type))
          && (search.stream.map { $0 == event.stream || $0 == "aisle*" } ?? true)
          && (search.text.map { text in
            ([String(decoding: event.data, as: UTF8.self), event.type, event.stream]).contains {
              $0.lowercased().contains(text.lowercased())
            }
          } ?? true) && (search.since.map { event.recordedAt >= $0 } ?? true)
          && (search.until.map { event.recordedAt < $0 } ?? true)
          && (search.near.map { near in
            events.contains { other in
              let way = Int(UInt64(other.offset)) - Int(UInt64(event.offset))
              let isThere =
                switch search.neighbour {
                case .before: way < 0
                case .after: way > 0
                case .either: way != 0
                }
              return isThere && abs(way) <= Int(search.within) && other.type == near
            }
          } ?? true)
      }.filter {
        search.direction == .forward
          ? $0.offset >= search.from.offsetAfter : $0.offset < search.from.offsetAfter
      }.map(\.offset)
      if search.direction == .back { expected.reverse() }
      var found: [Offset] = []
      var next: Cut? = search.from
      while let from = next {
        search.from = from
        let page = try search.run(in: subject.history)
        found += page.events.compactMap { $0["offset"]?.integer(Offset.self) }
        #expect(page.events.count <= search.limit)
        next = page.next
      }
      #expect(found == expected, "seed \(seed): \(search)")
    }
    log.close()
  }

  /// However far a window is zoomed out, every episode that meets it is in a mark.
  @Test func noEpisodeIsLeftOut() async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, program) = try Self.subject(&random, folder, .log, count: 6000)
    _ = try await subject.required().judge()
    let scan = try await Replayer(program, over: log).scan()
    let tiles = try await subject.tiles.tiles()
    let times = try (0..<6000).map {
      try #require(try log.event(at: Offset($0))).recordedAt.nanoseconds
    }
    // So many that neighbours are joined.
    #expect(scan.findings.contains { $0.breaks.count > 450 })
    for _ in 0..<60 {
      let axis: TileWindow.Axis = random.oneIn(2) ? .offset : .time
      let ends = [random.below(6000), random.below(6000)].sorted()
      func place(_ offset: Int) -> Int64 { axis == .offset ? Int64(offset) : times[offset] }
      let window = TileWindow(
        axis, from: place(ends[0]), to: place(ends[1]),
        columns: [1, 10, 400, 4000][random.below(4)])
      let marks = try subject.marks(window, tiles)
      for finding in scan.findings {
        let own = marks.filter { $0["invariant"]?.stringValue == finding.invariant.name }
        let all = own.reduce(0) { $0 + ($1["count"]?.integer(Int.self) ?? 0) }
        var meeting = 0
        for episode in finding.breaks {
          let isStep = finding.invariant.kind == .step
          let low = place(Int(UInt64(episode.brokenBy ?? 0)))
          let high = isStep ? low : episode.endCut.map { place(Int(UInt64($0)) - 1) }
          guard low < window.to, high.map({ $0 >= window.from }) ?? true else { continue }
          meeting += 1
          let isIn = own.contains { mark in
            let first = mark["firstCut"]?.integer(Cut.self) ?? .max
            let end = mark["endCut"]?.integer(Cut.self)
            return first <= episode.firstCut && (end.map { episode.firstCut < $0 } ?? true)
          }
          #expect(isIn, "\(episode) in \(window), seed \(seed)")
        }
        #expect(all == meeting, "\(finding.invariant.name) in \(window), seed \(seed)")
        #expect(own.count <= max(400, 2 * window.columnCount))
      }
    }
    log.close()
  }

  /// The columns of regions add up to the events, each in the region in which it found the state.
  @Test func regionsAddUpToTheEvents() async throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SeededGenerator(seed: seed)
    let folder = TemporaryFolder()
    let (subject, log, _) = try Self.subject(&random, folder, .log, count: 3000)
    var shelves: [String: Int] = [:]
    let names: [String] = try (0..<3000).map { offset in
      let event = try #require(try log.event(at: Offset(offset)))
      guard event.type != "seen", let data = JSONValue(validating: event.data) else {
        return TileCounts.others
      }
      let region = shelves.values.allSatisfy { $0 >= 0 } ? "sound" : "short"
      let shelf = try #require(data["shelf"]?.stringValue)
      let n = try #require(data["n"]?.integer(Int.self))
      shelves[shelf] = event.type == "counted" ? n : (shelves[shelf] ?? 0) + n
      return region
    }
    let rows = try await subject.required().regionRows(by: .declared)
    for _ in 0..<40 {
      let ends = [random.below(3001), random.below(3001)].sorted()
      let counts = rows.counts(
        from: Cut(ends[0]), to: Cut(ends[1]), columns: 1 + random.below(30))
      let window = counts.window
      #expect(window.from <= Int64(ends[0]) && window.to >= Int64(ends[1]), "seed \(seed)")
      for column in 0..<window.columnCount {
        let range = window.range(ofColumn: column)
        for (i, name) in counts.names.enumerated() {
          let expected = names[Int(range.lowerBound)..<Int(range.upperBound)].count { $0 == name }
          #expect(Int(counts[column, i]) == expected, "\(name) in \(range), seed \(seed)")
        }
      }
    }
    log.close()
  }

  /// The next edge is the next cut at which a scan says something else.
  @Test func edgesAreWhereVerdictsChange() async throws {
    var random = SeededGenerator(seed: 11)
    let folder = TemporaryFolder()
    let (subject, log, program) = try Self.subject(&random, folder, .log, count: 500)
    _ = try await subject.required().judge()
    let scan = try await Replayer(program, over: log).scan()
    let changes = scan.changes.filter { $0.invariant == 0 && $0.cut > 0 }.map(\.cut)
    let name = program.descriptor.invariants[0].name
    for cut in stride(from: Cut(0), through: 500, by: 7) {
      for way in [Subject.Way.nextEdge, .previousEdge] {
        let found = JSONValue.object(
          try await subject.seek(way, from: cut, key: nil, path: nil, invariant: name))
        let expected =
          way == .nextEdge ? changes.first { $0 > cut } : changes.last { $0 < cut }
        #expect(found["cut"]?.integer(Cut.self) == expected, "\(way) of \(cut)")
      }
    }
    log.close()
  }
}

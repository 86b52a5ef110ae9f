import EvlogCore
import EvlogJSON
import SystemPackage
import Testing

@testable import EvlogCuts

/// Real events of several processes, and what others counted of their consistent cuts.
@Suite("Real data: cuts", .enabled(if: RealData.isThere, RealData.whySkipped))
struct CutsTests {
  // MARK: - Traces with vector clocks

  /// One trace of a protocol: its hosts, and which of them are active after each of their events.
  private struct Trace {
    let hosts: [String]
    let order: CausalOrder
    /// For each host, whether it is active at each of its cuts.
    let active: [[Bool]]

    var causality: Causality { order.causality }

    init(_ name: String, _ data: Dataset) throws {
      let initial = try JSONParser.parse(
        RealData.text(RealData.folder.appending("ewd998/initial-states.json")))
      let first = try #require(initial[name]?["active"])
      hosts = first.members.map(\.key)
      var active = first.members.map { [$0.value == .bool(true)] }
      var clocks: [[[String: UInt64]]] = hosts.map { _ in [] }
      var recorded: [[Int64]] = hosts.map { _ in [] }
      for (i, event) in data.events.enumerated() where event.stream.hasPrefix("\(name)/") {
        let host = String(event.stream.dropFirst(name.count + 1))
        let line = try #require(hosts.firstIndex(of: host))
        let value = try JSONParser.parse(event.data[...])
        let clock = try #require(value["clock"]).members.map {
          ($0.key, try #require($0.value.integer(UInt64.self)))
        }
        clocks[line].append(Dictionary(uniqueKeysWithValues: clock))
        recorded[line].append(Int64(i))
        let now = value["set"]?[host]?["active"].map { $0 == .bool(true) }
        active[line].append(now ?? active[line].last ?? false)
      }
      self.active = active
      let lines = zip(hosts, clocks).map { CausalLine($0, end: Cut($1.count)) }
      var recordedClocks = RecordedClocks(lines: lines)
      for (line, clocks) in clocks.enumerated() {
        for (offset, clock) in clocks.enumerated() {
          try recordedClocks.add(clock, of: CausalEvent(line: line, offset: Offset(offset)))
        }
      }
      var builder = try CausalityBuilder(lines: lines)
      try recordedClocks.addEdges(to: &builder)
      #expect(recordedClocks.holeCount == 0)
      order = try CausalOrder(of: builder.build()) { recorded[$0.line][Int($0.offset)] }
      // The traces were recorded in causal order.
      #expect(order.corrections == 0)
      // What the edges say, transitively, is what was recorded.
      for (line, clocks) in clocks.enumerated() {
        for (offset, clock) in clocks.enumerated() {
          let past = try causality.leastCut(
            containing: [CausalEvent(line: line, offset: Offset(offset))])
          #expect(hosts.allSatisfy { past[$0].map { UInt64($0) } == clock[$0] })
        }
      }
    }

    func isActive(_ line: Int) -> LocalPredicate {
      LocalPredicate(line: line, end: Cut(active[line].count - 1)) { active[line][Int($0)] }
    }

    /// A predicate of `cuts.json` as a value, and as a function of the number of those who are active.
    func predicate(_ name: String) throws -> (CutPredicate, @Sendable ([Bool]) -> Bool) {
      let all = hosts.indices.map(isActive)
      switch name {
      case "all_inactive":
        return (.conjunction(all.map(\.negated)), { !$0.contains(true) })
      case "nobody_but_n1_active":
        let n1 = try #require(hosts.firstIndex(of: "n1"))
        return (
          .conjunction(all.filter { $0.line != n1 }.map(\.negated)),
          { states in states.indices.allSatisfy { $0 == n1 || !states[$0] } }
        )
      case "at_least_6_active":
        return (.count(all, in: [6...Int.max]), { $0.count { $0 } >= 6 })
      case "exactly_one_active":
        return (.count(all, in: [1...1]), { $0.count { $0 } == 1 })
      default:
        throw UnknownPredicate(name: name)
      }
    }
  }

  private struct UnknownPredicate: Error { let name: String }

  private func answers() throws -> [JSONValue] {
    try #require(
      JSONParser.parse(RealData.text(RealData.folder.appending("ewd998/cuts.json"))).arrayValue)
  }

  @Test func consistentCutsAreCounted() async throws {
    let data = try Dataset("ewd998")
    let answers = try answers()
    #expect(answers.count == 3)
    for answer in answers {
      let trace = try Trace(try #require(answer["trace"]?.stringValue), data)
      let count = try #require(answer["consistent_cuts"]?.integer(UInt64.self))
      #expect(try trace.causality.consistentCutCount() == count)
      #expect(try await CutDetector(trace.order, workers: 2).consistentCutCount() == count)
      if let hosts = answer["hosts"]?.integer() { #expect(trace.hosts.count == hosts) }
      if let events = answer["events"]?.integer(UInt64.self) {
        #expect(trace.causality.statistics.events == events)
      }
    }
  }

  @Test func predicatesAreDetected() async throws {
    let data = try Dataset("ewd998")
    for answer in try answers() {
      guard let predicates = answer["predicates(over each host's own 'active' flag)"] else {
        continue
      }
      let trace = try Trace(try #require(answer["trace"]?.stringValue), data)
      let active = trace.active
      let tests = try predicates.members.map { ($0.key, try trace.predicate($0.key).1) }
      var sweep = LevelSweep(trace.causality, memoryLimit: .max)
      var firstLevels: [String: Int] = [:]
      var widest = 0
      while sweep.count > 0 {
        widest = max(widest, sweep.count)
        for (name, holds) in tests where firstLevels[name] == nil {
          let isHere = (0..<sweep.count).contains { index in
            holds(zip(active, sweep[index]).map { $0[Int($1)] })
          }
          if isHere { firstLevels[name] = Int(sweep.level) }
        }
        #expect(try sweep.advance { _ in true })
      }
      #expect(answer["widest_level"]?.integer() == widest)

      for (name, expected) in predicates.members.map({ ($0.key, $0.value) }) {
        let (predicate, holds) = try trace.predicate(name)
        let general = CutPredicate.general {
          { cut in holds(active.indices.map { active[$0][Int(cut[$0])] }) }
        }
        #expect(expected["first_level_possible"]?.integer() == firstLevels[name], "\(name)")
        var witnesses: Set<CutWitness?> = []
        let detector = CutDetector(trace.order, workers: 2)
        for predicate in [predicate, general] {
          let possibly = try await detector.possibly(predicate)
          #expect(expected["possibly"] == .bool(possibly.first != nil), "\(name)")
          witnesses.insert(possibly.first)
          let definitely = try await detector.definitely(predicate)
          #expect(definitely.holds.map { .bool($0) } == expected["definitely"], "\(name)")
        }
        #expect(witnesses.count == 1, "\(name)")
        if case .conjunction = predicate, let cut = witnesses.first??.cut {
          // The least cut of a conjunction is in the first level.
          #expect(Int(cut.eventCount) == firstLevels[name])
        }
      }
    }
  }

  // MARK: - Documents written by several people at once

  @Test func concurrentEventsAreCounted() async throws {
    let data = try Dataset("concurrent-traces")
    let answers = try JSONParser.parse(
      RealData.text(RealData.folder.appending("concurrent-traces/answers.json")))
    for document in try #require(answers["docs"]).members {
      let expected = document.value
      let firstIndex = try #require(expected["first_index"]?.integer())
      let agents = try #require(expected["events_per_agent"]).members
      let lines = try agents.map {
        CausalLine($0.key, end: try #require($0.value.integer(Cut.self)))
      }
      var builder = try CausalityBuilder(lines: lines)
      var byID: [String: CausalEvent] = [:]
      var indexes: [[Int64]] = lines.map { _ in [] }
      for (i, event) in data.events.enumerated() where event.stream.hasPrefix("\(document.key)/") {
        let agent = event.stream.dropFirst(document.key.count + 1)
        let line = try #require(lines.firstIndex { $0.name == agent })
        let this = CausalEvent(line: line, offset: Offset(indexes[line].count))
        indexes[line].append(Int64(i - firstIndex))
        let value = try JSONParser.parse(event.data[...])
        byID[try #require(value["id"]?.stringValue)] = this
        for parent in try #require(value["parents"]?.arrayValue) {
          try builder.addEdge(from: try #require(byID[parent.stringValue ?? ""]), to: this)
        }
      }
      let causality = try builder.build()
      #expect(expected["events"]?.integer(UInt64.self) == causality.statistics.events)
      let pairs = try #require(expected["concurrent_pairs"]?.integer(UInt64.self))
      #expect(causality.concurrentPairCount == pairs)
      let cuts = try #require(expected["consistent_cuts"]?.integer(UInt64.self))
      #expect(try causality.consistentCutCount() == cuts)
      #expect(
        expected["final_vector_clock"]?.members.allSatisfy {
          causality.end[$0.key] == $0.value.integer(Cut.self)
        } == true)

      let order = try CausalOrder(of: causality) { indexes[$0.line][Int($0.offset)] }
      #expect(order.corrections == 0)
      let detector = CutDetector(order, workers: 2)
      #expect(try await detector.consistentCutCount() == cuts)
      // The first event that is not after all others before it forks the document.
      let fork = try await detector.possibly(
        .general {
          { cut in
            let cut = try VectorCut(names: lines.map(\.name), positions: cut.positions)
            return try order.cut(including: cut) != Cut(cut.eventCount)
          }
        })
      let first = try #require(fork.first?.offset)
      #expect(expected["max_heads_first_at"]?.integer() == Int(first) + firstIndex)
      let past = try causality.leastCut(containing: [order[first]])
      #expect(past.eventCount < UInt64(first) + 1)
    }
  }
}

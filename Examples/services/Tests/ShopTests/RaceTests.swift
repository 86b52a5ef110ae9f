import Evlog
import Foundation
import Shop
import SystemPackage
import Testing

/// What the shop promises holds in the order that was recorded, and not in every order that may have been.
@Suite final class RaceTests {
  static let promise = "a paid order holds stock"
  let folder = FilePath(NSTemporaryDirectory()).appending(UUID().uuidString)

  deinit { try? FileManager.default.removeItem(atPath: folder.string) }

  private func morning(isFixed: Bool = false) async throws -> CausalHistory {
    try await Morning(isFixed: isFixed).record(in: folder).history()
  }

  @Test func theRecordedOrderIsCleanAndAnotherIsNot() async throws {
    let history = try await morning()
    let recorded = try await Investigation(Shop().program, of: history).bisect()
    #expect(recorded.invariants.map(\.violated) == [false, false])
    let race = try #require(await Race(Self.promise, of: Shop().program, in: history))
    #expect(race.cut == (try VectorCut("orders=7,payments=3,stock=4")))
    #expect(try history.causality.isConsistent(race.cut))
    #expect(history.order.vectorCut(at: Cut(race.cut.eventCount)) != race.cut)
    #expect(race.missing?.cause.name == "payments@3" && race.missing?.effect.name == "stock@3")
  }

  @Test func twoLogsOfFewEventsShowIt() async throws {
    let race = try #require(await Race(Self.promise, of: Shop().program, in: morning()))
    #expect(race.events.map(\.type) == ["held", "taken", "released"])
    let pair = try await race.write(to: folder.appending("few"))
    #expect(pair.names == ["payments", "stock"])
    let found = try await Investigation(Shop().program, of: pair.history()).bisect([Self.promise])
    #expect(found.invariants[0].violated)
  }

  /// Each condition looks at one log. Of the cancelled orders, each is in the same danger.
  @Test(arguments: [3, 6, 9]) func predicatesFindItWithoutLookingAtCuts(_ n: Int) async throws {
    let history = try await morning()
    let found = try await history.firstCut(paidWithoutStock: "order-\(n)")
    #expect(found.method == .conjunctive && found.extent == .exact)
    #expect(found.first?.cut["stock"] == Cut(n + n / 3))
    #expect(try await history.firstCut(paidWithoutStock: "order-1").first == nil)
  }

  @Test func theMissingEdgeForbidsIt() async throws {
    let history = try await morning(isFixed: true)
    let found = try await Investigation(Shop().program, of: history).bisect(runs: .possibly)
    #expect(found.invariants.map(\.violated) == [false, false])
    #expect(found.invariants.map(\.method) == [.enumeration, .flow])
    #expect(try await history.firstCut(paidWithoutStock: "order-3").first == nil)
    let check = try history.check(VectorCut("orders=7,payments=3,stock=4"))
    #expect(!check.consistent)
    #expect(check.edge?.cause.name == "payments@3" && check.edge?.effect.name == "stock@3")
    #expect(try await Race(Self.promise, of: Shop().program, in: history) == nil)
  }
}

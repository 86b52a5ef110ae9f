import EvlogProjections
import EvlogStore
import EvlogTesting
import EvlogTurns
import Testing

/// Each expectation is met where it must be, and not where it must not.
@Suite struct SpecificationTests {
  @Test func whatIsDecided() async throws {
    let given = Given(Item(), .counted(quantity: 10))
    try await given.when(.sell(4)).then(.sold(quantity: 4))
    try await given.when(.sell(4)).thenState { $0.available == 6 }
    try await given.when(.look).thenNothing()
    try await given.when(.sell(11)).thenRefused(by: "never oversold")
    let error = try await given.when(.count(-1)).thenThrows(Item.Negative.self)
    #expect(error.quantity == -1)
    try await Given(Item()).when(.count(3)).then(.counted(quantity: 3))
  }

  @Test func whatIsNotDecidedIsSaid() async throws {
    let given = Given(Item(), .counted(quantity: 10))
    func failure(_ body: () async throws -> Void) async -> String {
      do { try await body() } catch let error as ExpectationFailure { return "\(error)" } catch {}
      return "no failure"
    }
    #expect(
      await failure { try await given.when(.sell(4)).then(.sold(quantity: 5)) }
        == #"expected sold {"quantity":5}, but sold {"quantity":4} was decided"#)
    #expect(
      await failure { try await given.when(.sell(4)).thenNothing() }
        == #"expected nothing, but sold {"quantity":4} was decided"#)
    #expect(
      await failure { try await given.when(.sell(4)).thenState { $0.available == 7 } }
        .contains(#"{"available":6}"#))
    #expect(
      await failure { try await given.when(.sell(4)).thenRefused(by: "never oversold") }
        .contains("was decided"))
    #expect(
      await failure { try await given.when(.sell(40)).thenRefused(by: "other") }
        .contains("but 'never oversold' did"))
    #expect(
      await failure { _ = try await given.when(.sell(4)).thenThrows(Item.Negative.self) }
        .contains("was decided"))
    #expect(
      await failure { _ = try await given.when(.sell(40)).thenThrows(Item.Negative.self) }
        .contains("but got: The turn is refused"))
  }

  @Test func whatAProjectionMakes() async throws {
    let events = try GivenEvents(for: Stock())
      .event(Item.Event.counted(quantity: 12), in: "A-7")
      .event(Item.Event.sold(quantity: 5), in: "A-7")
    try await events.thenRows("SELECT * FROM stock", [["A-7", 7]])
    await #expect(throws: ExpectationFailure.self) {
      try await events.thenRows("SELECT * FROM stock", [["A-7", 8]])
    }
    await #expect(throws: ExpectationFailure.self) { try await events.thenFails() }
    // What is sold twice is gone twice.
    await #expect(throws: ExpectationFailure.self) { try await events.thenSame(whenDelivered: 2) }
    try await GivenEvents(for: Stock()).event(Item.Event.counted(quantity: 3), in: "A-7")
      .thenSame(whenDelivered: 3)
    let failure = try await events.event(Item.Event.sold(quantity: 9), in: "A-7").thenFails()
    #expect(failure.offset == 2)
  }

  /// Old names are read where the new one is asked for, and events are written as they are today.
  @Test func oldShapesAreRead() async throws {
    let stock = Stock(types: ["counted", "sold"], upcasters: Stock.history)
    func old(_ type: String, _ quantity: Int) -> NewEvent {
      NewEvent(stream: "A-7", type: type, data: Array(#"{"quantity":\#(quantity)}"#.utf8))
    }
    try await GivenEvents(for: stock).event(Item.Event.counted(quantity: 30), in: "A-7")
      .event(old("bought", 1)).event(old("taken", 2)).event(old("sold", 4))
      .thenRows("SELECT available FROM stock", [[23]])
    try await GivenEvents(for: stock, [old("counted", 2)])
      .thenRows("SELECT available FROM stock", [[24]])
    // What evlog itself has written is none of a projection's business.
    let order = NewEvent(
      stream: "evlog.quarantine.Item", type: "evlog.released", data: Array("{}".utf8))
    try await GivenEvents(for: Stock(), [order]).thenRows("SELECT * FROM stock", [])
  }

  @Test func clocksAndIDsFollowFromSeeds() {
    let clock = SeededClock(from: "2026-03-01T08:00:00Z", step: .milliseconds(5))
    let times = (0..<2).map { _ in "\(clock.now())" }
    #expect(times == ["2026-03-01T08:00:00.000000000Z", "2026-03-01T08:00:00.005000000Z"])
    let ids = SeededIDs(seed: 7)
    let same = SeededIDs(seed: 7)
    let first = ids.next()
    #expect(first == same.next())
    #expect(first != ids.next())
    #expect(
      first.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
        != nil)
  }
}

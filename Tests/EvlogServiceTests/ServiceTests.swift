import EvlogJSON
import EvlogMachine
import EvlogProjections
import EvlogReplay
import EvlogService
import EvlogStore
import EvlogTesting
import EvlogTurns
import GRDB
import InMemoryLogging
import InMemoryTracing
import Logging
import MetricsTestKit
import ReplayTestSupport
import ServiceLifecycle
import ServiceLifecycleTestKit
import SystemPackage
import Testing
import Tracing

private struct Item: Decider {
  struct State: Codable, Sendable { var available = 0 }
  enum Event: Codable, Sendable { case counted(quantity: Int), sold(quantity: Int) }
  enum Command: Sendable { case count(Int), sell(Int), look }
  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) -> [Event] {
    switch command {
    case .count(let quantity): [.counted(quantity: quantity)]
    case .sell(let quantity): [.sold(quantity: quantity)]
    case .look: []
    }
  }
  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .counted(let quantity): state.available = quantity
    case .sold(let quantity): state.available -= quantity
    }
  }
  var invariants: [Invariant<Item>] { [.always("never oversold") { $0.available >= 0 }] }
}

private struct Sales: Projection {
  typealias Event = Item.Event
  func migrate(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("sales") { db in
      try db.execute(
        sql:
          "CREATE TABLE sale (offset INTEGER PRIMARY KEY, quantity INTEGER CHECK (quantity < 50))")
    }
  }
  func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    guard case .sold(let quantity) = event else { return }
    try db.execute(
      sql: "INSERT INTO sale VALUES (?, ?)", arguments: [Int64(context.offset), quantity])
  }
}

@Suite struct ServiceTests {
  private let metrics = TestMetrics()
  private let tracer = InMemoryTracer()
  private let folder = TemporaryFolder()

  private func logged() -> (InMemoryLogHandler, Logger) {
    let handler = InMemoryLogHandler()
    return (handler, Logger(label: "test") { _ in handler })
  }

  @Test func turnsAreSeenFromOutside() async throws {
    let (handler, logger) = logged()
    let log = try EventLog.inMemory()
    let items = ObservedTurns(
      try TurnRunner(Item(), on: log), logger: logger, tracer: tracer, metrics: metrics)
    try await items.run(
      .count(5), on: "A-7", TurnDetails(metadata: Array(#"{"node":"api-3"}"#.utf8)))
    try await items.run(.look, on: "A-7")
    try await items.run(.sell(1), on: "A-7", TurnDetails(id: "one"))
    try await items.run(.sell(1), on: "A-7", TurnDetails(id: "one"))
    await #expect(throws: TurnError.self) { try await items.run(.sell(9), on: "A-7") }
    for (outcome, count) in [("appended", 2), ("nothing", 1), ("repeated", 1), ("refused", 1)] {
      let dimensions = [("machine", "Item"), ("outcome", outcome)]
      #expect(
        try metrics.expectCounter("evlog.turns", dimensions).totalValue == Int64(count),
        "\(outcome)")
      #expect(
        try metrics.expectTimer("evlog.turn.duration", dimensions).values.allSatisfy { $0 > 0 })
    }
    let refused = try #require(handler.entries.first { $0.message == "turn refused" })
    #expect(refused.level == .warning)
    #expect(refused.metadata["evlog.invariant"] == "never oversold")
    let spans = tracer.finishedSpans
    #expect(spans.map(\.operationName) == Array(repeating: "evlog.turn", count: 5))
    #expect(spans[4].errors.count == 1)
    // The trace goes with the event, beside what was there.
    let event = try #require(try log.event(at: 0))
    let metadata = try JSONParser.parse(try #require(event.metadata))
    #expect(metadata["node"] == .string("api-3"))
    let context = event.serviceContext(by: tracer)
    #expect(context.inMemorySpanContext?.spanID == spans[0].spanContext.spanID)
  }

  @Test func projectionsLeadBackToTheirTurns() async throws {
    let (_, logger) = logged()
    let log = try EventLog.create(folder.path.appending("log"))
    let items = ObservedTurns(
      try TurnRunner(Item(), on: log), logger: logger, tracer: tracer, metrics: metrics)
    try await items.run(.count(5), on: "A-7")
    let turn = try #require(tracer.popFinishedSpans().first)
    let projector = try Projector(TracedProjection(Sales(), tracer: tracer), over: log)
    try await projector.catchUp()
    let applied = try #require(tracer.finishedSpans.first)
    #expect(applied.operationName == "evlog.apply")
    #expect(applied.links.first?.context.inMemorySpanContext?.spanID == turn.spanContext.spanID)
  }

  @Test func aProjectorIsAService() async throws {
    let (handler, logger) = logged()
    let log = try EventLog.create(folder.path.appending("log"))
    let projector = try Projector(Sales(), over: log)
    let service = ProjectorService(
      projector, logger: logger, metrics: metrics, interval: .milliseconds(5))
    try await testGracefulShutdown { trigger in
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await service.run() }
        for quantity in 1...3 {
          try await log.append(Item.Event.sold(quantity: quantity), to: "A-7")
        }
        try await projector.waitUntil(position: 3, timeout: .seconds(120))
        try await Task.sleep(for: .milliseconds(50))
        trigger.triggerGracefulShutdown()
        try await group.waitForAll()
      }
    }
    #expect(handler.entries.map(\.message) == ["projection starts", "projection ends"])
    let position = try metrics.expectGauge("evlog.projection.position", [("projection", "Sales")])
    #expect(position.lastValue == 3)
  }

  @Test func aProjectionThatFailsEndsItsService() async throws {
    let (handler, logger) = logged()
    let log = try EventLog.create(folder.path.appending("log"))
    try await log.append(Item.Event.sold(quantity: 70), to: "A-7")
    let service = ProjectorService(
      try Projector(Sales(), over: log), logger: logger, metrics: metrics)
    await #expect(throws: ProjectionError.self) { try await service.run() }
    let failed = try #require(handler.entries.last)
    #expect(failed.level == .critical)
    #expect(failed.metadata["evlog.offset"] == "0")
    #expect(failed.metadata["evlog.stream"] == "A-7")
  }
}

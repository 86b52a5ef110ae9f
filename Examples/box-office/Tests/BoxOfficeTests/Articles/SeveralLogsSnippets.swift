import Evlog
import EvlogTesting
import Testing

/// Payments and stock, each with a log of its own.
struct Services: Machine {
  struct State: Codable, Sendable {
    var payments: [String: Bool] = [:]
    var stock: [String: Bool] = [:]
  }
  enum Event: Codable, Sendable {
    case held(order: String), paid(order: String), refunded(order: String), released(order: String)
  }

  let initialState = State()
  var logs: [String] { ["payments", "stock"] }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .paid(let order): state.payments[order] = true
    case .refunded(let order): state.payments[order] = nil
    case .held(let order): state.stock[order] = true
    case .released(let order): state.stock[order] = nil
    }
  }

  var invariants: [Invariant<Services>] {
    [.always("a paid order holds stock") { $0.payments.keys.allSatisfy($0.stock.keys.contains) }]
  }
}

@Suite struct SeveralLogsSnippets {
  private func event(_ type: String, at second: Int64, id: String, causation: [String] = [])
    -> NewEvent
  {
    NewEvent(
      stream: "order-7", type: type, data: Array(#"{"order":"order-7"}"#.utf8),
      recordedAt: Timestamp(nanoseconds: second * 1_000_000_000), id: id, causation: causation)
  }

  private func group() async throws -> CausalHistory {
    let payments = try EventLog.inMemory()
    let stock = try EventLog.inMemory()
    try await stock.append([event("held", at: 1, id: "hold-7")])
    try await payments.append([event("paid", at: 2, id: "pay-7", causation: ["hold-7"])])
    try await payments.append([event("refunded", at: 3, id: "refund-7")])
    try await stock.append([event("released", at: 4, id: "release-7")])

    let shop = try LogGroup([.init("payments", payments), .init("stock", stock)])
    let history = try shop.history()
    print(history.end)  // 4
    print(history.order.vectorCut(at: 2))  // payments=1,stock=1
    print(try history.event(at: 1)?.stream ?? "")  // payments/order-7
    return history
  }

  @Test func cuts() async throws {
    let history = try await group()

    let causality = history.causality
    let cut = try VectorCut("payments=1,stock=0")
    print(try causality.isConsistent(cut))  // false
    print(try causality.nearestBelow(cut))  // payments=0,stock=0
    print(try causality.nearestAbove(cut))  // payments=1,stock=1
  }

  @Test func runs() async throws {
    let history = try await group()

    let services = Investigation(Services().program, of: history)
    print(try await services.bisect().invariants[0].violated)  // false

    let found = try await services.bisect(runs: .possibly).invariants[0]
    print(found.first?.cut.description ?? "")  // payments=1,stock=2
    print(found.first?.forbiddenBy?.cause.name ?? "")  // payments@1
    print(found.first?.forbiddenBy?.effect.name ?? "")  // stock@1
  }

  @Test func predicates() async throws {
    let history = try await group()

    let isPaid = try history.predicate(of: Services(), in: "payments") {
      $0.payments["order-7"] != nil
    }
    let isReleased = try history.predicate(of: Services(), in: "stock") {
      $0.stock["order-7"] == nil
    }
    let detector = CutDetector(history.order, workers: 2)
    let answer = try await detector.possibly(.conjunction([isPaid, isReleased]))
    print(answer.first?.cut.description ?? "")  // payments=1,stock=2
    print(answer.method)  // conjunctive
  }

  @Test func edges() throws {
    var builder = try CausalityBuilder(lines: [CausalLine("a", end: 3), CausalLine("b", end: 3)])
    try builder.addEdge(
      from: CausalEvent(line: 0, offset: 1), to: CausalEvent(line: 1, offset: 0))
    let causality = try builder.build()
    print(causality.concurrentPairCount)  // 3
    print(try causality.consistentCutCount() ?? 0)  // 10
  }
}

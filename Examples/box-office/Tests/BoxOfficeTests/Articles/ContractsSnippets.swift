import Evlog
import EvlogTesting
import Testing

@Suite struct ContractsSnippets {
  struct Stock: Decider {
    struct State: Codable, Sendable { var reserved = 0 }
    enum Event: Codable, Sendable { case stockReserved(sku: String, quantity: Int, note: String?) }

    let initialState = State()
    let scope = Scope.stream

    var contract: Contract? {
      get throws {
        try Contract([
          EventContract(
            "stockReserved",
            [
              "sku": .text(matching: #"^[A-Z]-\d+$"#), "quantity": .integer(1...1000),
              "note": .optional(.text(length: 1...200)),
            ])
        ])
      }
    }

    func decide(_ command: Event, _ state: State) -> [Event] { [command] }

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      if case .stockReserved(_, let quantity, _) = event { state.reserved += quantity }
    }
  }

  @Test func setting() async throws {
    let log = try EventLog.inMemory()
    try await log.append(Stock.Event.stockReserved(sku: "A-7", quantity: 0, note: nil), to: "A-7")

    let contract = try Stock().contract ?? Contract([])
    print(try Answers.ContractCheck(contract, on: log).refused)  // 1
    print(try await log.setContract(contract)?.offset ?? 0)  // 1

    do {
      let event = Stock.Event.stockReserved(sku: "A-7", quantity: 1001, note: nil)
      try await log.append(event, to: "A-7")
    } catch let error as EventLogError where error.code == .contractBroken {
      print(error.refusal?.description ?? "")
      // data.quantity is 1001, but must be an integer from 1 to 1000
    }

    // A decider's turns go through the same door.
    let stock = try TurnRunner(Stock(), on: log)
    await #expect(throws: EventLogError.self) {
      try await stock.run(.stockReserved(sku: "a", quantity: 1, note: nil), on: "a")
    }
    try await stock.run(.stockReserved(sku: "A-7", quantity: 1, note: nil), on: "A-7")
    #expect(log.end == 3)
  }

  @Test func versionsAndSchemas() throws {
    let versions = try Contract([
      EventContract("placed", ["order": .text]),
      EventContract("placed", since: 2, ["order": .text, "currency": .oneOf("EUR", "USD")]),
    ])
    let old = NewEvent(stream: "s", type: "placed", data: Array(#"{"order":"o-1"}"#.utf8))
    print(versions.refusal(of: old) == nil)  // true

    let (schema, gaps) = versions.jsonSchema()
    print(gaps.isEmpty)  // true
    print(try Contract.importing(jsonSchema: schema).contract == versions)  // true
  }
}

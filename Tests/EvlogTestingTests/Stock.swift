import EvlogJSON
import EvlogMachine
import EvlogProjections
import EvlogStore
import EvlogTesting
import EvlogTurns
import GRDB

/// A stock item that cannot be sold below nothing, and its table.
struct Item: Decider {
  struct State: Codable, Sendable, Equatable { var available = 0 }
  enum Event: Codable, Sendable { case counted(quantity: Int), sold(quantity: Int) }
  enum Command: Sendable { case count(Int), sell(Int), look }
  struct Negative: Error, Equatable { let quantity: Int }

  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) throws -> [Event] {
    switch command {
    case .count(let quantity):
      guard quantity >= 0 else { throw Negative(quantity: quantity) }
      return [.counted(quantity: quantity)]
    case .sell(let quantity): return [.sold(quantity: quantity)]
    case .look: return []
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

struct Stock: Projection {
  typealias Event = Item.Event

  var types: Set<String>?
  /// Events were once called otherwise, and a quantity was once a number of dozens.
  var upcasters: [Upcaster] = []
  static let history: [Upcaster] = [
    .rename("bought", to: "sold"), .rename("taken", to: "bought"),
    .upcast("counted", from: 1) { data in
      .object([("quantity", .int(12 * (data["quantity"]?.integer(Int.self) ?? 0)))])
    },
  ]

  func migrate(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("stock") { db in
      try db.execute(
        sql:
          "CREATE TABLE stock (item TEXT PRIMARY KEY, available INTEGER NOT NULL CHECK (available >= 0))"
      )
    }
  }

  func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    switch event {
    case .counted(let quantity):
      try db.execute(
        sql: "INSERT OR REPLACE INTO stock VALUES (?, ?)", arguments: [context.stream, quantity])
    case .sold(let quantity):
      try db.execute(
        sql: "UPDATE stock SET available = available - ? WHERE item = ?",
        arguments: [quantity, context.stream])
    }
  }
}

import EvlogCore
import EvlogMachine

/// A shop's stock, as a machine that is compiled in Swift.
struct Shop: Machine {
  struct State: Codable, Sendable {
    struct Item: Codable, Sendable {
      var available = 0
      var reserved: [String: Int] = [:]
    }
    var stock: [String: Item] = [:]
  }

  enum Event: Codable, Sendable {
    case counted(sku: String, quantity: Int)
    case reserved(sku: String, quantity: Int, order: String)
    case released(sku: String, order: String)
    case shipped(sku: String, order: String)

    enum CodingKeys: String, CodingKey {
      case counted = "StockCounted"
      case reserved = "StockReserved"
      case released = "ReservationReleased"
      case shipped = "OrderShipped"
    }
  }

  let initialState = State()
  let ignoredTypes: Set<String> = ["PageViewed", "OrderPlaced"]

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .counted(let sku, let quantity):
      state.stock[sku, default: State.Item()].available = quantity
    case .reserved(let sku, let quantity, let order):
      state.stock[sku, default: State.Item()].available -= quantity
      state.stock[sku, default: State.Item()].reserved[order, default: 0] += quantity
    case .released(let sku, let order):
      let quantity = state.stock[sku]?.reserved.removeValue(forKey: order) ?? 0
      state.stock[sku, default: State.Item()].available += quantity
    case .shipped(let sku, let order):
      state.stock[sku]?.reserved[order] = nil
    }
  }

  var invariants: [Invariant<Shop>] {
    [
      .always("never oversell") { $0.stock.values.allSatisfy { $0.available >= 0 } },
      .step("only what is reserved is shipped") { before, event, _, _ in
        guard case .shipped(let sku, let order) = event else { return true }
        return before.stock[sku]?.reserved[order] != nil
      },
    ]
  }
}

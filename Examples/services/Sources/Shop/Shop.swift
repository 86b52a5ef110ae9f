import Evlog

/// The three services as one machine over their logs: what must hold of them together.
public struct Shop: Machine {
  public struct State: Codable, Sendable {
    public var orders = Orders.State()
    public var payments = Payments.State()
    public var stock = Stock.State()
  }

  public enum Event: Sendable {
    case orders(Orders.Event), payments(Payments.Event), stock(Stock.Event)
  }

  public let initialState = State()
  /// Each log's events change the member of the state that has its name, and no other.
  public let logs = ["orders", "payments", "stock"]
  public init() {}

  public func decode(_ event: RecordedEvent) throws -> Event {
    switch event.log {
    case "orders": .orders(try Orders().decode(event))
    case "payments": .payments(try Payments().decode(event))
    case "stock": .stock(try Stock().decode(event))
    default: throw UnknownEventType(type: event.type)
    }
  }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .orders(let event): Orders().reduce(into: &state.orders, event, context)
    case .payments(let event): Payments().reduce(into: &state.payments, event, context)
    case .stock(let event): Stock().reduce(into: &state.stock, event, context)
    }
  }

  public var invariants: [Invariant<Shop>] {
    [
      .always("a paid order holds stock") { state in
        state.payments.paid.keys.allSatisfy { state.stock.held[$0] != nil }
      },
      .sum(
        "at most one order holds stock and is not open", within: -1 ... .max,
        LogPart("orders", \.orders) { Int64($0.open.count) },
        LogPart("stock", \.stock) { -Int64($0.held.count) }),
    ]
  }
}

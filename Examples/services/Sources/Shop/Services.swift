import Evlog

/// The service that takes orders.
public struct Orders: Machine {
  public struct State: Codable, Sendable {
    public var open: [String: Bool] = [:]
  }

  public enum Event: Codable, Sendable {
    case placed(order: String), confirmed(order: String), cancelled(order: String)
  }

  public let initialState = State()
  public init() {}

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .placed(let order): state.open[order] = false
    case .confirmed(let order): state.open[order] = true
    case .cancelled(let order): state.open[order] = nil
    }
  }
}

/// The service that takes money, and gives it back.
public struct Payments: Machine {
  public struct State: Codable, Sendable {
    public var paid: [String: Bool] = [:]
  }

  public enum Event: Codable, Sendable {
    case taken(order: String), refunded(order: String)
  }

  public let initialState = State()
  public init() {}

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .taken(let order): state.paid[order] = true
    case .refunded(let order): state.paid[order] = nil
    }
  }
}

/// The service that holds goods for orders.
public struct Stock: Machine {
  public struct State: Codable, Sendable {
    public var held: [String: Bool] = [:]
  }

  public enum Event: Codable, Sendable {
    case held(order: String), released(order: String)
  }

  public let initialState = State()
  public init() {}

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .held(let order): state.held[order] = true
    case .released(let order): state.held[order] = nil
    }
  }
}

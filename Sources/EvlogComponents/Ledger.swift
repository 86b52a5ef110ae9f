public import EvlogContracts
public import EvlogMachine

/// A ledger of accounts.
///
/// Money enters by deposits and leaves by withdrawals only, no account is overdrawn, and a request is decided once,
/// however often it comes.
public struct Ledger: Machine {
  public struct State: Codable, Sendable, Hashable {
    /// The balances of the accounts that have had money.
    public var balances: [String: Int] = [:]
    /// All deposits less all withdrawals.
    public var total = 0
    /// What was decided, by the requests' ids.
    public var outcomes: [String: Outcome] = [:]
  }

  public enum Outcome: String, Codable, Sendable, Hashable { case done, refused }

  public enum Event: Codable, Sendable, Hashable {
    /// Refused if sums would no longer be exact.
    case deposit(id: String, account: String, amount: Int)
    /// Refused if the account has less.
    case withdraw(id: String, account: String, amount: Int)
    /// Refused if the account `from` has less.
    case transfer(id: String, from: String, to: String, amount: Int)

    enum CodingKeys: String, CodingKey {
      case deposit = "Deposit"
      case withdraw = "Withdraw"
      case transfer = "Transfer"
    }

    /// The request's id.
    public var id: String {
      switch self {
      case .deposit(let id, _, _), .withdraw(let id, _, _), .transfer(let id, _, _, _): id
      }
    }
  }

  /// The greatest amount, and the most money that a ledger has: up to here, sums are exact in every language.
  public static let most: Int = (1 << 53) - 1

  public init() {}

  public var name: String { "ledger" }
  public var initialState: State { State() }

  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard state.outcomes[event.id] == nil else { return }
    state.outcomes[event.id] = .refused
    switch event {
    case .deposit(let id, let account, let amount):
      guard isAmount(amount), state.total <= Self.most - amount else { return }
      state.total += amount
      state.balances[account, default: 0] += amount
      state.outcomes[id] = .done
    case .withdraw(let id, let account, let amount):
      guard isAmount(amount), state.balance(of: account) >= amount else { return }
      state.total -= amount
      state.balances[account, default: 0] -= amount
      state.outcomes[id] = .done
    case .transfer(let id, let from, let to, let amount):
      guard isAmount(amount), state.balance(of: from) >= amount else { return }
      state.balances[from, default: 0] -= amount
      state.balances[to, default: 0] += amount
      state.outcomes[id] = .done
    }
  }

  private func isAmount(_ amount: Int) -> Bool { (1...Self.most).contains(amount) }

  public var contract: Contract? {
    get throws {
      try Contract([
        EventContract(
          "Deposit", ["id": .text, "account": .text, "amount": .integer(1...Self.most)]),
        EventContract(
          "Withdraw", ["id": .text, "account": .text, "amount": .integer(1...Self.most)]),
        EventContract(
          "Transfer",
          ["id": .text, "from": .text, "to": .text, "amount": .integer(1...Self.most)]),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    [
      .always("the balances add up to the total") {
        $0.balances.values.reduce(0, +) == $0.total
      },
      .step("only deposits and withdrawals change the total") { before, event, after, _ in
        let change = after.total - before.total
        if change == 0 { return true }
        guard before.outcomes[event.id] == nil, after.outcomes[event.id] == .done else {
          return false
        }
        return switch event {
        case .deposit(_, _, let amount): change == amount
        case .withdraw(_, _, let amount): change == -amount
        case .transfer: false
        }
      },
      .always("no account is overdrawn") { $0.balances.values.allSatisfy { $0 >= 0 } },
      .always("sums are exact") { $0.total <= Self.most },
      .step("a request is decided once") { before, event, after, _ in
        before.outcomes[event.id] == nil || before == after
      },
      .step("what is refused moves nothing") { before, event, after, _ in
        after.outcomes[event.id] != .refused || before.balances == after.balances
      },
      .step("what is covered is done") { before, event, after, _ in
        let (amount, most): (Int, Int)
        switch event {
        case .deposit(_, _, let some): (amount, most) = (some, Self.most - before.total)
        case .withdraw(_, let from, let some), .transfer(_, let from, _, let some):
          (amount, most) = (some, before.balance(of: from))
        }
        let isCovered = before.outcomes[event.id] == nil && amount >= 1 && amount <= most
        return !isCovered || after.outcomes[event.id] == .done
      },
    ]
  }

  /// Three accounts, up to five units, four requests.
  public var exploration: Exploration<Self>? {
    let accounts = ["a", "b", "c"]
    @Sendable func requests(_ id: String, _ amounts: [Int]) -> [Event] {
      amounts.flatMap { amount in
        accounts.flatMap { account -> [Event] in
          [
            .deposit(id: id, account: account, amount: amount),
            .withdraw(id: id, account: account, amount: amount),
          ] + accounts.map { .transfer(id: id, from: account, to: $0, amount: amount) }
        }
      }
    }
    return Exploration(
      bound: { $0.total <= 5 },
      symmetry: { state in
        var renamed = state
        renamed.balances = Dictionary(
          uniqueKeysWithValues: zip(accounts, state.balances.values.sorted()))
        return renamed
      },
      events: { state in
        let known = state.outcomes.keys.sorted()
        let repeated = known.flatMap { requests($0, [1]) }
        guard known.count < 4 else { return repeated }
        return repeated + requests("request \(known.count + 1)", [-1, 0, 1, 2, Self.most])
      })
  }
}

extension Ledger.State {
  /// The balance of an account; 0 for one that never had money.
  public func balance(of account: String) -> Int { balances[account] ?? 0 }
}

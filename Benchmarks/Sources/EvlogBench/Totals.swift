import Evlog
import FoundationEssentials

/// What came in by account, in cents: the state that all folds make.
struct TotalsState: Codable, Sendable {
  var cents: [Int64]
  /// The account of the last event.
  var last = 0

  /// The sum that all contestants must find.
  var sum: UInt64 {
    var sum: UInt64 = 0
    for (i, value) in cents.enumerated() {
      sum &+= UInt64(bitPattern: value) &* (2 &* UInt64(i) &+ 1)
    }
    return sum
  }
}

struct Amount: Sendable {
  let account: Int
  let cents: Int64

  init(account: Int, cents: Int64) {
    self.account = account
    self.cents = cents
  }

  /// Of `account-0001234` and `123.45`.
  @inlinable
  init(account: Span<UInt8>, amount: Span<UInt8>) {
    var number = 0
    for i in (account.count &- 7)..<account.count {
      number = number &* 10 &+ Int(account[i] &- 0x30)
    }
    var cents: Int64 = 0
    for i in amount.indices where amount[i] != UInt8(ascii: ".") {
      cents = cents &* 10 &+ Int64(amount[i] &- 0x30)
    }
    self.init(account: number, cents: cents)
  }
}

/// Binary events, a packed structure each.
struct BinaryTotals: Machine, ViewDecoding {
  let streams: Int
  let checks: Bool
  var initialState: TotalsState { TotalsState(cents: Array(repeating: 0, count: streams)) }

  func decode(_ event: borrowing EventView) throws -> Amount {
    let data = event.data
    guard data.count == 33 else { throw Failure("an event has \(data.count) bytes") }
    let bytes = unsafe data.bytes
    return unsafe Amount(
      account: Int(bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 1, as: UInt32.self)),
      cents: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: 13, as: Int64.self))
  }

  func reduce(into state: inout TotalsState, _ event: Amount, _ context: EventContext) {
    state.cents[event.account] &+= event.cents
    state.last = event.account
  }

  var invariants: [Invariant<Self>] { checks ? [.always("not negative", Totals.isRight)] : [] }
}

/// JSON events through a lazy view.
struct ViewTotals: Machine, ViewDecoding {
  let streams: Int
  let checks: Bool
  /// The account of which the invariant says that it stays small, if it is not about the last one.
  var limit: Int64 = .max
  var initialState: TotalsState { TotalsState(cents: Array(repeating: 0, count: streams)) }

  func decode(_ event: borrowing EventView) throws -> Amount {
    let data = JSONView(event.data)
    return Amount(account: try data.rawString("account"), amount: try data.rawString("amount"))
  }

  func reduce(into state: inout TotalsState, _ event: Amount, _ context: EventContext) {
    state.cents[event.account] &+= event.cents
    state.last = event.account
  }

  var invariants: [Invariant<Self>] {
    guard checks else { return [] }
    if limit == .max { return [.always("not negative", Totals.isRight)] }
    return [.always("the first account stays small") { [limit] in $0.cents[0] < limit }]
  }

  enum Parity: String, CaseIterable { case even, odd }

  var regions: Regions<TotalsState>? {
    Regions(of: { $0.last & 1 == 0 ? Parity.even : .odd }, moves: [:])
  }
}

/// JSON events through `Codable`, by evlog's decoder or by Foundation's.
struct CodableTotals: Machine, ViewDecoding {
  struct Event: Codable, Sendable {
    let account: String
    let number: Int
    let amount: String
    let currency: String
    let branch: String
  }

  let streams: Int
  let usesFoundation: Bool
  var initialState: TotalsState { TotalsState(cents: Array(repeating: 0, count: streams)) }

  func decode(_ event: borrowing EventView) throws -> Event {
    if usesFoundation {
      let data = unsafe event.data.withUnsafeBufferPointer { unsafe Data($0) }
      return try JSONDecoder().decode(Event.self, from: data)
    }
    return try StateDecoder().decode(Event.self, from: event.data)
  }

  func reduce(into state: inout TotalsState, _ event: Event, _ context: EventContext) {
    let parsed = Amount(
      account: event.account.utf8Span.span, amount: event.amount.utf8Span.span)
    state.cents[parsed.account] &+= parsed.cents
    state.last = parsed.account
  }
}

enum Totals {
  /// Looks at the account of the last event alone.
  @Sendable static func isRight(_ state: TotalsState) -> Bool { state.cents[state.last] >= 0 }

  /// The same in JavaScript.
  static let script = """
    machine("totals", 1, {
      initial: { cents: {}, last: "" },
      on: {
        "*": (s, e) => {
          const account = e.data.account
          s.cents[account] = (s.cents[account] ?? 0) + Number(e.data.amount.replace(".", ""))
          s.last = account
        },
      },
    })
    """

  /// With a state for each stream.
  static let scriptByStream = """
    machine("streams", 1, {
      scope: "stream", initial: { cents: 0 },
      on: { "*": (s, e) => { s.cents += Number(e.data.amount.replace(".", "")) } },
      invariants: { "not negative": always(s => s.cents >= 0) },
    })
    """
}

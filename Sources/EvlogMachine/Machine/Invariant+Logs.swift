import EvlogJSON

/// What an invariant over a group of logs looks at in the state of one log: a condition, or a number.
///
///     LogPart("stock", \.stock) { $0.isDeploying }
public struct LogPart<State: Sendable, Value: Sendable>: Sendable {
  /// The name of the log.
  public let log: String
  /// The value in the machine's state.
  let value: @Sendable (State) throws -> Value
  /// The same in the JSON of the log's own state.
  let localValue: @Sendable (JSONValue) throws -> Value

  /// - Parameters:
  ///   - log: One of the machine's ``Machine/logs``.
  ///   - state: The member that has the name of the log.
  public init<Local: Decodable & Sendable>(
    _ log: String, _ state: any KeyPath<State, Local> & Sendable,
    value: @escaping @Sendable (Local) throws -> Value
  ) {
    self.log = log
    self.value = { try value($0[keyPath: state]) }
    localValue = { try value(StateDecoder().decode(Local.self, from: $0.canonicalText)) }
  }
}

// Over a group of logs, other runs than the recorded one are judged by what each log has to do with it, without looking
// at the cuts one by one.
extension Invariant {
  struct Parts: Sendable {
    let descriptor: LocalParts
    /// Judges a log's state by itself. A condition that holds is `violated`.
    let judge: @Sendable (_ log: String, _ state: JSONValue) throws -> Judgement?
  }

  /// The conditions must never hold all at once.
  ///
  ///     .never(
  ///       "orders and stock are never down at once", LogPart("orders", \.orders) { $0.isDeploying },
  ///       LogPart("stock", \.stock) { $0.isDeploying })
  public static func never(
    _ name: String, file: String = #fileID, line: Int = #line,
    _ conditions: LogPart<M.State, Bool>...
  ) -> Invariant {
    let place = SourcePosition(file: file, line: line)
    return Invariant(name, place, .never, conditions) { state in
      try !conditions.allSatisfy { try $0.value(state) }
    }
  }

  /// No more of the conditions than `most` may hold at once.
  public static func atMost(
    _ most: Int, _ name: String, file: String = #fileID, line: Int = #line,
    _ conditions: LogPart<M.State, Bool>...
  ) -> Invariant {
    precondition(
      conditions.indices.contains(most),
      "'most' must be at least 0 and less than the number of conditions")
    let place = SourcePosition(file: file, line: line)
    return Invariant(name, place, .atMost(most), conditions) { state in
      try conditions.filter { try $0.value(state) }.count <= most
    }
  }

  /// The sum of the numbers must be in a range; one that begins with `Int64.min` or ends with `Int64.max` is open.
  public static func sum(
    _ name: String, within range: ClosedRange<Int64>, file: String = #fileID, line: Int = #line,
    _ numbers: LogPart<M.State, Int64>...
  ) -> Invariant {
    let place = SourcePosition(file: file, line: line)
    let parts = Parts(numbers, .sum(range)) { Judgement(.holds, value: $0) }
    let check = Check.state { state in
      let sum = try numbers.reduce(Int128(0)) { try $0 + Int128($1.value(state)) }
      return (range.lowerBound == .min || sum >= range.lowerBound)
        && (range.upperBound == .max || sum <= range.upperBound)
    }
    return Invariant(name: name, place: place, check: check, parts: parts)
  }

  private init(
    _ name: String, _ place: SourcePosition, _ combination: LocalParts.Combination,
    _ conditions: [LogPart<M.State, Bool>],
    _ predicate: @escaping @Sendable (M.State) throws -> Bool
  ) {
    self.init(
      name: name, place: place, check: .state(predicate),
      parts: Parts(conditions, combination) { Judgement($0 ? .violated : .holds) })
  }
}

extension Invariant.Parts {
  fileprivate init<Value>(
    _ parts: [LogPart<M.State, Value>], _ combination: LocalParts.Combination,
    _ judgement: @escaping @Sendable (Value) -> Judgement
  ) {
    let logs = parts.map(\.log)
    precondition(
      !logs.isEmpty && Set(logs).count == logs.count,
      "The invariant needs at least one part, and no two of the same log")
    descriptor = LocalParts(logs, combination)
    judge = { log, state in
      try parts.first { $0.log == log }.map { try judgement($0.localValue(state)) }
    }
  }
}

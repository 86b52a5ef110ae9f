import EvlogForensics
import EvlogJSON
public import EvlogMachine
import EvlogStore
public import EvlogTurns

/// A decider with a past, to test what it decides.
///
///     try await Given(Account(), .deposited(cents: 10))
///       .when(.withdraw(4))
///       .then(.withdrawn(cents: 4))
///
///     try await Given(Account(), .deposited(cents: 10))
///       .when(.withdraw(40))
///       .thenRefused(by: "never overdrawn")
///
/// The turn is run like a real one, on a log in memory: encoded, decoded, reduced, judged and appended.
public struct Given<D: Decider>: Sendable {
  let decider: D
  let events: [D.Event]

  /// A past of these events, in the order in which they happened.
  public init(_ decider: D, _ events: D.Event...) {
    self.decider = decider
    self.events = events
  }

  /// A past of these events, in the order in which they happened.
  public init(_ decider: D, events: [D.Event]) {
    self.decider = decider
    self.events = events
  }

  /// The command to decide; the past stays unchanged, for other commands.
  public func when(_ command: D.Command) -> When<D> { When(given: self, command: command) }

  /// A log with the past in one stream, and a runner for it.
  fileprivate func runner() async throws -> TurnRunner<D> {
    let log = try EventLog.inMemory()
    let clock = SeededClock()
    if !events.isEmpty {
      try await log.append(
        try events.map { event in
          var new = NewEvent(try decider.encode(event, to: When<D>.stream), stream: When<D>.stream)
          new.recordedAt = clock.read()
          return new
        })
    }
    var options = TurnRunner<D>.Options()
    options.now = clock.now
    return try TurnRunner(decider, on: log, options: options)
  }
}

/// A command to be decided, given a past.
public struct When<D: Decider>: Sendable {
  static var stream: String { "subject" }

  let given: Given<D>
  let command: D.Command

  /// Expects these events, and no others. Throws ``ExpectationFailure``.
  public func then(_ events: D.Event...) async throws {
    let turned = try await decided()
    let expected = try texts(events)
    let found = try texts(turned.events)
    guard expected != found else { return }
    throw ExpectationFailure(
      "expected \(list(expected)), but \(list(found)) was decided")
  }

  /// Expects that no event is decided.
  public func thenNothing() async throws { try await then() }

  /// Expects that a condition holds for the state after the turn.
  public func thenState(
    _ isExpected: (D.State) throws -> Bool
  ) async throws {
    let state = try await decided().state
    if try isExpected(state) { return }
    throw ExpectationFailure(
      "the state after the turn is not as expected: \(try StateEncoder().encode(state).canonicalText)"
    )
  }

  /// Expects that the decider throws an error of this type, and returns it.
  @discardableResult
  public func thenThrows<E: Error>(_ type: E.Type) async throws -> E {
    do {
      let turned = try await given.runner().run(command, on: Self.stream)
      throw ExpectationFailure(
        "expected an error of type \(type), but \(list(try texts(turned.events))) was decided")
    } catch let error as E where !(error is ExpectationFailure) {
      return error
    } catch let error as ExpectationFailure {
      throw error
    } catch {
      throw ExpectationFailure("expected an error of type \(type), but got: \(error)")
    }
  }

  /// Expects that the turn is refused because it would break an invariant.
  public func thenRefused(by invariant: String) async throws {
    do {
      let turned = try await given.runner().run(command, on: Self.stream)
      throw ExpectationFailure(
        "expected that '\(invariant)' refuses the turn, but \(list(try texts(turned.events))) was "
          + "decided")
    } catch TurnError.violates(let violation) {
      let name = violation.finding.invariant.name
      guard name != invariant else { return }
      throw ExpectationFailure("expected that '\(invariant)' refuses the turn, but '\(name)' did")
    }
  }

  private func decided() async throws -> Turned<D> {
    do { return try await given.runner().run(command, on: Self.stream) } catch {
      throw ExpectationFailure("expected a turn, but it failed: \(error)")
    }
  }

  private func texts(_ events: [D.Event]) throws -> [String] {
    try events.map { event in
      let encoded = try given.decider.encode(event, to: Self.stream)
      return "\(encoded.type) \(String(decoding: encoded.data, as: UTF8.self))"
    }
  }

  private func list(_ texts: [String]) -> String {
    texts.isEmpty ? "nothing" : texts.joined(separator: ", ")
  }
}

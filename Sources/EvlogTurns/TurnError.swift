import EvlogCore
public import EvlogForensics
import EvlogJSON
public import EvlogMachine

/// Why a turn was refused. Nothing of it was written.
public enum TurnError: Error, Sendable {
  /// It would break an invariant. The violation says what `bisect` would say about the log with the turn in it;
  /// its event is the one that would have been written.
  case violates(Violation)
  /// It is unknown whether an invariant would hold.
  case undefined(invariant: String, stream: String, reason: String)
  /// The stream takes no turns; see ``TurnRunner/release(_:because:)``.
  case quarantined(Quarantine)
  /// The stream cannot be released, because it is not in quarantine. Nothing was written.
  case notQuarantined(stream: String)
  /// The decider's scope is not the stream, so it has no state of each stream to decide on.
  case scope(machine: String, ScopeKind)
  /// The turn names streams whose names look the same but have different bytes, such as "é" as one character or
  /// as two; what to expect of each is unknown.
  case sameNames([String])
  /// Other turns kept coming first.
  case conflict(stream: String, attempts: Int)
  /// The stream's events, or the decided ones, cannot be reduced.
  case machine(MachineError, stream: String)
}

extension TurnError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .violates(let violation):
      let invariant = violation.finding.invariant
      let event = violation.event.map {
        " by \($0.type) \(String(decoding: $0.data, as: UTF8.self))"
      }
      let changes = violation.diff.lines(limit: 3).joined(separator: "; ")
      return
        "The turn is refused: '\(invariant.name)' (\(invariant.kind.rawValue)) would be violated in "
        + "the stream '\(violation.episode.key ?? "")'\(event ?? "")"
        + (changes.isEmpty ? "." : ": \(changes).") + " Nothing was written."
    case .undefined(let invariant, let stream, let reason):
      return
        "The turn is refused: it is unknown whether '\(invariant)' would hold in the stream "
        + "'\(stream)': \(reason.withoutStop). Nothing was written."
    case .quarantined(let quarantine): return "\(quarantine)"
    case .notQuarantined(let stream):
      return
        "The stream '\(stream)' is not in quarantine, so it cannot be released. Nothing was written. "
        + "Is the name right?"
    case .scope(let machine, let scope):
      return
        "Turns cannot be run with the decider '\(machine)': it has a state for each \(scope.rawValue), "
        + "and needs one for each stream. Give it `let scope = Scope.stream`."
    case .sameNames(let streams):
      return
        "The turn names streams whose names look the same but differ: "
        + streams.map { "'\($0)'" }.joined(separator: ", ")
        + ". Nothing was written. Make one turn for each."
    case .conflict(let stream, let attempts):
      return
        "The turn was decided \(attempts) times, and each time another turn of the stream "
        + "'\(stream)' came first. Nothing was written. Try again, or let fewer writers share the "
        + "stream."
    case .machine(let error, let stream): return "Stream '\(stream)': \(error)"
    }
  }
}

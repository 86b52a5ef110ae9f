public import EvlogForensics
public import EvlogReplay
public import EvlogStore

/// A stream that takes no turns, and why.
public struct Quarantine: Sendable {
  /// Why a stream takes no turns.
  public enum Reason: Sendable {
    /// An invariant is violated in the stream as it is.
    case violation(Violation)
    /// It is unknown whether an invariant holds.
    case undefined(invariant: String, reason: String)
    /// Its events cannot be reduced.
    case machine(MachineError)
    /// It was taken out of use by an order.
    case order(String, offset: Offset)
  }

  /// The stream's name.
  public let stream: String
  /// Why it takes no turns.
  public let reason: Reason
}

extension Quarantine: CustomStringConvertible {
  public var description: String {
    let why: String
    switch reason {
    case .violation(let violation):
      let since =
        violation.episode.brokenBy.map { "the event at offset \($0)" } ?? "its beginning"
      why = "'\(violation.finding.invariant.name)' is violated since \(since)"
    case .undefined(let invariant, let reason):
      why = "it is unknown whether '\(invariant)' holds: \(reason)"
    case .machine(let error):
      return
        "The stream '\(stream)' is in quarantine: its events cannot be reduced: "
        + "\("\(error)".withoutStop). It takes no turns until they can be: fix the machine's decoding, "
        + "upcasters or reducer."
    case .order(let text, let offset): why = "by order at offset \(offset): \(text)"
    }
    return
      "The stream '\(stream)' is in quarantine: \(why.withoutStop). It takes no turns until it is "
      + "released."
  }
}

extension String {
  /// Without the full stop that it may end with, to stand within a sentence.
  var withoutStop: String { hasSuffix(".") ? String(dropLast()) : self }
}

/// What people said about streams, as the log has it.
struct Orders {
  /// By stream, the last word: the offset, whether it released the stream, and why.
  private(set) var last: [Name: (offset: Offset, isRelease: Bool, reason: String)] = [:]

  /// The stream of these events; there is one for each machine.
  static func stream(of machine: String) -> String { "evlog.quarantine.\(machine)" }

  /// The stream of this machine's orders.
  let stream: String
  /// How many orders there are; the revision that the next one gets.
  private(set) var count: UInt64 = 0
  /// The cut up to which the log has been read for them.
  private var position: Cut = 0

  init(of machine: String, in log: EventLog) throws {
    stream = Self.stream(of: machine)
    try readTail(of: log)
  }

  /// Reads what came since: from this runner, or from anybody else.
  mutating func readTail(of log: EventLog) throws {
    let end = log.end
    guard end > position else { return }
    let query = Query(from: position, to: end, stream: stream)
    var cursor = log.events(query).makeCursor()
    while let event = try cursor.next() {
      count = UInt64(event.revision.next)
      let data = try JSONParser.parse(event.data)
      guard let subject = data["stream"]?.stringValue else { continue }
      last[Name(subject)] = (
        event.offset, event.type == ControlEvents.released, data["reason"]?.stringValue ?? ""
      )
    }
    position = end
  }

  /// A turn was appended that expected no other orders: so there are none before its end.
  mutating func pass(_ end: Cut) { position = max(position, end) }

  static func event(
    _ stream: String, of machine: String, isRelease: Bool, reason: String
  ) -> NewEvent {
    let data: JSONValue = .object([("reason", .string(reason)), ("stream", .string(stream))])
    return NewEvent(
      stream: self.stream(of: machine),
      type: isRelease ? ControlEvents.released : ControlEvents.quarantined,
      data: data.canonicalBytes)
  }
}

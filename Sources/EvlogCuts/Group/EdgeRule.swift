/// Where the causal edges of a group come from.
///
/// As a text, which a group's file has:
///
///     causation
///     cause metadata.cause
///     clock data.clock
///     match data.sent -> data.received
///     match PaymentRequested data.id -> PaymentTaken data.request
///     atomic metadata.transaction
///
/// Times, and Lamport's and hybrid clocks, are no edges: they can only order what edges leave open.
public enum EdgeRule: Sendable, Hashable, LosslessStringConvertible {
  /// The causes are named by `causation`, which has ids of events of the group.
  case causation
  /// The causes are named by a field: a text or several, each an event's id or `orders@5120`, or an object
  /// `{"log": "orders", "offset": 5120}`.
  case cause(EventField)
  /// A field is a vector clock: an object with a number for each host, whose name is that of a log of the group.
  case clock(EventField)
  /// An event that has the first field sent the message of that id, and one that has the second received it.
  case match(send: Side, receive: Side)
  /// Events of several logs with the same value in a field happened as one: a transaction, or a turn.
  case atomic(EventField)

  /// One end of a channel: the field with the message's id, in events of some types.
  public struct Side: Sendable, Hashable, CustomStringConvertible {
    /// The types of the events; empty for all.
    public let types: Set<String>
    /// The field with the id, or with the ids of several messages.
    public let field: EventField

    public init(types: Set<String> = [], _ field: EventField) {
      self.types = types
      self.field = field
    }

    init?(_ text: Substring) {
      let words = text.split(separator: " ")
      guard (1...2).contains(words.count), let field = EventField(String(words[words.count - 1]))
      else { return nil }
      self.init(
        types: words.count == 1 ? [] : Set(words[0].split(separator: ",").map(String.init)), field)
    }

    public var description: String {
      types.isEmpty ? "\(field)" : "\(types.sorted().joined(separator: ",")) \(field)"
    }
  }

  public init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    switch (words.first, words.count) {
    case ("causation", 1): self = .causation
    case ("match", 2):
      let sides = words[1].split(separator: "->", omittingEmptySubsequences: false)
      guard sides.count == 2, let send = Side(sides[0]), let receive = Side(sides[1]) else {
        return nil
      }
      self = .match(send: send, receive: receive)
    case (let kind?, 2):
      guard let field = EventField(String(words[1])) else { return nil }
      switch kind {
      case "cause": self = .cause(field)
      case "clock": self = .clock(field)
      case "atomic": self = .atomic(field)
      default: return nil
      }
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .causation: "causation"
    case .cause(let field): "cause \(field)"
    case .clock(let field): "clock \(field)"
    case .match(let send, let receive): "match \(send) -> \(receive)"
    case .atomic(let field): "atomic \(field)"
    }
  }
}

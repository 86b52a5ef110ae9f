import EvlogJSON

/// The reason why an event breaks a contract: the path, the value found there, and the rule.
public struct Refusal: Sendable, Hashable, Codable {
  /// The event's type.
  public let type: String
  /// The part of the event, as in `data.lines[2].quantity`; or `type`, or `contentType`.
  public let path: String
  /// The value found, as JSON, cut off if it is long; nil if there is none.
  public let value: String?
  /// The rule, in words that follow "must be".
  public let rule: String
  /// The event's index in the refused turn; nil if the event was only checked.
  public package(set) var index: Int?

  init(type: String, path: String, value: String?, rule: String) {
    (self.type, self.path, self.value, self.rule) = (type, path, value, rule)
  }
}

extension Refusal: CustomStringConvertible {
  public var description: String {
    "\(path) is \(value ?? "missing"), but must be \(rule)"
  }
}

import EvlogJSON

/// Why an event breaks a contract: where, what is there, and what must be.
public struct Refusal: Sendable, Hashable, Codable {
  /// The event's type.
  public let type: String
  /// The part of the event, as in `data.lines[2].quantity`; or `type`, or `contentType`.
  public let path: String
  /// What is there, as JSON, cut off if it is long; nil if there is nothing.
  public let value: String?
  /// What must be there, in words.
  public let rule: String
  /// The event's index in the turn that was refused; nil if it was not to be appended.
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

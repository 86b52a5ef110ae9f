/// Something that a JSON Schema cannot express of a contract, or a contract of a JSON Schema.
public struct SchemaGap: Sendable, Hashable, Codable {
  /// The part of the contract or schema: a type, and the path to a field of its data.
  public let part: String
  /// What cannot be expressed, in words.
  public let what: String

  init(_ part: [String], _ what: String) {
    (self.part, self.what) = (part.joined(separator: "."), what)
  }
}

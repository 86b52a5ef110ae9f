/// What of a contract a JSON Schema cannot say, or the other way round.
public struct SchemaGap: Sendable, Hashable, Codable {
  /// The part of the contract or of the schema: a type and the way to a field in its data.
  public let part: String
  /// What cannot be said, in words.
  public let what: String

  init(_ part: [String], _ what: String) {
    (self.part, self.what) = (part.joined(separator: "."), what)
  }
}

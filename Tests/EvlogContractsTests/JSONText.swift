import EvlogJSON

/// Texts in JSON, for tests that write it themselves.
enum JSONText {
  static func quoted(_ text: String) -> String { JSONValue.string(text).canonicalText }
}

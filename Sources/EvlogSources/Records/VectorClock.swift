import EvlogJSON

/// A vector clock as it is in a log: for each host, how many of its events come before or are this one.
struct VectorClock {
  struct Invalid: Error, CustomStringConvertible { let description: String }

  /// As it is written.
  let json: [UInt8]

  init(_ written: Substring, of host: Substring) throws(Invalid) {
    json = try Self.unwrapped(written)
    let members: [(key: String, keyByte: Int, value: Range<Int>)]
    do { members = try JSONParser.members(of: json[...]) } catch {
      throw Invalid(description: "the clock is not a JSON object: \(error).")
    }
    for (key, _, value) in members
    where JSONValue(validating: json[value])?.integer(UInt64.self) == nil {
      throw Invalid(description: "the clock's entry '\(key)' is not a whole number.")
    }
    guard members.contains(where: { $0.key.utf8.elementsEqual(host.utf8) }) else {
      throw Invalid(description: "the clock has no entry for its own host, '\(host)'.")
    }
  }

  /// TLC writes a clock as a text within a text, with a backslash before each quote.
  private static func unwrapped(_ written: Substring) throws(Invalid) -> [UInt8] {
    guard written.hasPrefix(#"{\""#) else { return Array(written.utf8) }
    guard let text = JSONValue(validating: "\"\(written)\"")?.stringValue else {
      throw Invalid(description: "the clock is not a JSON object.")
    }
    return Array(text.utf8)
  }
}

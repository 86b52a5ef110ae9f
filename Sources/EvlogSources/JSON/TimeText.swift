import EvlogCore

/// What people write for a time.
package enum TimeText {
  /// What is to be said of a text that is no time, to follow the name of what it was given for.
  package static func rule(for text: String) -> String {
    isLeapSecond(text)
      ? "is a leap second (:60), which evlog's times do not have: write the second before it, :59."
      : "must be a time as in 2026-03-01T10:11:12.345Z (RFC 3339), in the years 1678 to 2261, with "
        + "at most nine digits after the second."
  }

  /// Whether a text would be a time if its second were not the 60th.
  private static func isLeapSecond(_ text: String) -> Bool {
    var bytes = Array(text.utf8)
    let second = 16..<19
    guard bytes.count >= second.upperBound, bytes[second].elementsEqual(":60".utf8) else {
      return false
    }
    bytes.replaceSubrange(second, with: ":59".utf8)
    return Timestamp(String(decoding: bytes, as: UTF8.self)) != nil
  }
}

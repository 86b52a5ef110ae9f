/// What is different in two long texts: what is between that which both have in front and that which both have
/// behind. Positions count Unicode scalars, as JSON's texts are made of them.
package struct TextChange: Sendable, Hashable {
  /// So many scalars are before it.
  package let position: Int
  package let removed: String
  package let inserted: String
  /// The last few scalars before it, and the first few behind it.
  let before: String
  let after: String

  private static let contextCount = 16

  /// Nil where one of the values is no text, or both are short.
  package init?(from old: JSONValue, to new: JSONValue, longerThan width: Int) {
    guard case .string(let old) = old, case .string(let new) = new,
      max(old.utf8.count, new.utf8.count) > width
    else { return nil }
    self.init(from: old, to: new)
  }

  init(from old: String, to new: String) {
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    let common = min(old.count, new.count)
    var start = 0
    while start < common, old[start] == new[start] { start += 1 }
    // Not in the middle of a scalar, in neither of the two.
    while Self.isInside(old, start) || Self.isInside(new, start) { start -= 1 }
    var rest = 0
    while rest < common - start, old[old.count - 1 - rest] == new[new.count - 1 - rest] {
      rest += 1
    }
    while Self.isInside(old, old.count - rest) || Self.isInside(new, new.count - rest) {
      rest -= 1
    }
    position = Self.scalarCount(old[..<start])
    removed = String(decoding: old[start..<(old.count - rest)], as: UTF8.self)
    inserted = String(decoding: new[start..<(new.count - rest)], as: UTF8.self)
    // A scalar has at most four bytes.
    var from = max(0, start - 4 * Self.contextCount)
    while Self.isInside(new, from) { from += 1 }
    var to = min(new.count, new.count - rest + 4 * Self.contextCount)
    while Self.isInside(new, to) { to -= 1 }
    before = Self.text(
      String(decoding: new[from..<start], as: UTF8.self).unicodeScalars.suffix(Self.contextCount))
    after = Self.text(
      String(decoding: new[(new.count - rest)..<to], as: UTF8.self).unicodeScalars
        .prefix(Self.contextCount))
  }

  private static func isInside(_ bytes: [UInt8], _ i: Int) -> Bool {
    i > 0 && i < bytes.count && bytes[i] & 0xC0 == 0x80
  }

  private static func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.count { $0 & 0xC0 != 0x80 }
  }

  private static func text(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  /// As in `at 8,754: + "x"  after "…let y = ", before "1;\n…"`.
  package func description(_ width: Int) -> String {
    let change =
      switch (removed.isEmpty, inserted.isEmpty) {
      case (true, _): "+ \(quoted(inserted, width))"
      case (_, true): "- \(quoted(removed, width))"
      default: "\(quoted(removed, width)) → \(quoted(inserted, width))"
      }
    var places: [String] = []
    if !before.isEmpty { places.append("after \(StateDiff.short(.string(before), width))") }
    if !after.isEmpty { places.append("before \(StateDiff.short(.string(after), width))") }
    return "at \(grouped(position)): \(change)"
      + (places.isEmpty ? "" : "  \(places.joined(separator: ", "))")
  }

  private func quoted(_ text: String, _ width: Int) -> String {
    let count = text.unicodeScalars.count
    let shown = StateDiff.short(.string(text), width)
    return count <= width ? shown : "\(shown) (\(grouped(count)) characters)"
  }

  private func grouped(_ value: Int) -> String {
    var digits = String(value)
    var i = digits.count - 3
    while i > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: i))
      i -= 3
    }
    return digits
  }
}

/// A value in a text that was scanned, which is read from there.
package struct JSONPlace {
  private let text: JSONText
  private let place: Int

  /// Lends the value of a text, for as long as `body` goes on.
  package static func reading<R>(_ bytes: Span<UInt8>, _ body: (JSONPlace) throws -> R) throws -> R
  {
    try JSONText.reading(bytes) { text in
      try text.scan()
      return try body(JSONPlace(text: text, place: text.root))
    }
  }

  /// The elements of an array; nil where it is none.
  package var elements: [JSONPlace]? {
    guard text.slots[place].kind == .array else { return nil }
    return text.children(of: place).map { JSONPlace(text: text, place: $0) }
  }

  /// The elements of an array that must have so many.
  package func elements(_ count: Int) throws -> [JSONPlace] {
    if let elements, elements.count == count { return elements }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: text.path(of: place, in: JSONText.nowhere),
        debugDescription: "not an array of \(count) elements"))
  }

  package var string: String? { text.string(at: place) }
  package var isTrue: Bool { text.slots[place].kind == .yes }
  /// The whole number that is written there; nil where it does not fit.
  package var integer: UInt64? { text.plainInteger(at: place, UInt64.self) }
  package var value: JSONValue { text.value(at: place) }

  package func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    try text.decode(type, at: place, in: JSONText.nowhere)
  }
}

import EvlogCore

/// The common shape of objects that are written alike: their members, in order, with everything that is written
/// around the values, and the kind of each value.
///
/// To see whether a text fits is to compare what is around the values and to move past those, which is less than
/// to read it; what fits is JSON.
package struct JSONShape: Sendable {
  /// What a value may be.
  package enum Kind: UInt8, Sendable {
    /// A text of at most ``JSONShape/textLimit`` bytes, in which every character means itself.
    case text
    /// A whole number of at most fifteen digits.
    case integer
    /// Any value, but for numbers that a double does not hold exactly.
    case any
  }

  /// What came of a comparison.
  package enum Fit: Sendable {
    case fits
    /// The value of a member is not of its kind; whether it is a value at all was not looked at.
    case otherKind(member: Int)
    /// It has other members, or it is no JSON, or it has numbers that a double does not hold.
    case different
  }

  /// Where the values are in a text: of those that are texts, what is between the quotes.
  package typealias Values = InlineArray<32, Range<Int>>

  package static var memberLimit: Int { Values.count }
  package static let textLimit: Int = 64
  /// How many bytes there may be beside the values.
  private static let markLimit = 4096

  /// The names of the members.
  package let keys: [String]
  package private(set) var kinds: [Kind]
  /// What is written before each value and after the last one, all in one, and where each part ends.
  private let marks: [UInt8]
  private let markEnds: [Int]

  /// The shape of an object; nil where it is none, where it has too many members or one twice, or where a key
  /// is very long, is written with escapes, or is `__proto__`.
  package init?(of bytes: Span<UInt8>) {
    let copy = bytes.copied()
    // What is no object has no shape.
    guard let members = try? JSONParser.members(of: copy[...]), members.count <= Self.memberLimit
    else { return nil }
    var marks: [UInt8] = []
    var ends: [Int] = []
    var last = 0
    for member in members {
      marks += copy[last..<member.value.lowerBound]
      ends.append(marks.count)
      last = member.value.upperBound
    }
    marks += copy[last...]
    ends.append(marks.count)
    let names = Set(members.map { Name($0.key) })
    // To a literal in JavaScript, a prototype is no member.
    guard names.count == members.count, !names.contains(Name("__proto__")),
      !marks.contains(UInt8(ascii: "\\")), marks.count <= Self.markLimit
    else { return nil }
    keys = members.map(\.key)
    self.marks = marks
    markEnds = ends
    kinds = Array(repeating: .any, count: members.count)
    for (i, member) in members.enumerated() {
      kinds[i] = Self.kind(of: bytes.extracting(member.value))
    }
  }

  private static func kind(of value: Span<UInt8>) -> Kind {
    let scanner = JSONScanner(value)
    if let text = text(scanner, at: 0), text.upperBound + 1 == value.count { return .text }
    return integerEnd(scanner, at: 0) == value.count ? .integer : .any
  }

  /// The same shape, where some members may have any value.
  package func widened(at members: [Int]) -> JSONShape {
    var shape = self
    for member in members { shape.kinds[member] = .any }
    return shape
  }

  /// Whether a text has this shape, and where its values are then.
  package func fit(_ bytes: Span<UInt8>, _ values: inout Values) -> Fit {
    var scanner = JSONScanner(bytes, inside: 1)
    let marks = marks.span
    var markStart = 0
    var place = 0
    for member in kinds.indices {
      let markEnd = markEnds[member]
      guard hasMark(marks, markStart..<markEnd, bytes, at: place) else { return .different }
      place &+= markEnd &- markStart
      markStart = markEnd
      switch kinds[member] {
      case .text:
        guard let text = Self.text(scanner, at: place) else { return .otherKind(member: member) }
        values[member] = text
        place = text.upperBound &+ 1
      case .integer:
        guard let end = Self.integerEnd(scanner, at: place) else {
          return .otherKind(member: member)
        }
        values[member] = place..<end
        place = end
      case .any:
        scanner.i = place
        var sink = JSONParser.Nothing()
        // What does not fit is read by the strict parser, which says what is wrong.
        guard (try? scanner.value(into: &sink)) != nil, !scanner.hasLargeNumber else {
          return .different
        }
        values[member] = place..<scanner.i
        place = scanner.i
      }
    }
    return bytes.count &- place == marks.count &- markStart
      && hasMark(marks, markStart..<marks.count, bytes, at: place) ? .fits : .different
  }

  /// What is between the quotes at a place, if it is such a text.
  @inline(__always)
  private static func text(_ scanner: borrowing JSONScanner, at place: Int) -> Range<Int>? {
    let bytes = scanner.bytes
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
    var end = scanner.plainEnd(from: place &+ 1)
    if end < bytes.count, bytes[end] >= 0x80 {
      guard let otherEnd = highTextEnd(bytes, from: place &+ 1) else { return nil }
      end = otherEnd
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "\""), end &- place <= textLimit &+ 1 else {
      return nil
    }
    return (place &+ 1)..<end
  }

  /// Where a text ends that has characters beyond ASCII.
  @inline(never) private static func highTextEnd(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    var end = start
    while end < bytes.count, bytes[end] >= 0x80 || !isSpecial(bytes[end]) { end += 1 }
    // What is not UTF-8 is read by the strict parser, which says what is wrong.
    return (try? UTF8Span(validating: bytes.extracting(start..<end))) == nil ? nil : end
  }

  /// Where the whole number at a place ends, if there is one.
  @inline(__always)
  private static func integerEnd(_ scanner: borrowing JSONScanner, at place: Int) -> Int? {
    let bytes = scanner.bytes
    var first = place
    if place < bytes.count, bytes[place] == UInt8(ascii: "-") { first &+= 1 }
    let end = scanner.digitsEnd(from: first)
    let count = end &- first
    guard count > 0, count <= 15, bytes[first] != 0x30 || count == 1 && first == place else {
      return nil
    }
    guard end < bytes.count else { return end }
    let next = bytes[end]
    return next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") ? nil : end
  }
}

/// Whether a text has a part of another at a place.
@inline(__always)
private func hasMark(
  _ marks: Span<UInt8>, _ mark: Range<Int>, _ bytes: Span<UInt8>, at place: Int
) -> Bool {
  guard mark.count <= bytes.count &- place else { return false }
  return isEqual(marks.extracting(mark), bytes.extracting(place..<(place &+ mark.count)))
}

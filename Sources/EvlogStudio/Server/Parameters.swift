import EvlogCore
import EvlogJSON
import EvlogMachine

/// The parameters of a request's address, by name. Whatever is wrong with one is said with its name.
struct Parameters: Sendable {
  private var values: [(name: String, value: String)] = []

  init(query: Substring) throws(StudioError) {
    for pair in query.split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      values.append((try Self.decoded(sides[0]), sides.count > 1 ? try Self.decoded(sides[1]) : ""))
    }
  }

  /// What stands for itself or is written as `%41`; a plus is a space, as forms write it.
  private static func decoded(_ text: Substring) throws(StudioError) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let digits = String(rest.prefix(2)), digits.utf8.count == 2,
          digits.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
          let value = UInt8(digits, radix: 16)
        else { throw StudioError(400, "The address has a '%' without two digits.") }
        rest = rest.dropFirst(2)
        bytes.append(value)
      default: bytes.append(byte)
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw StudioError(400, "The address is not in UTF-8.")
    }
    return text
  }

  /// A text; nil if it is absent or empty.
  subscript(name: String) -> String? {
    values.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  /// Every text that is given under a name.
  func all(_ name: String) -> [String] {
    values.filter { $0.name == name && !$0.value.isEmpty }.map(\.value)
  }

  private func parsed<T>(_ name: String, _ kind: String, _ parse: (String) -> T?)
    throws(StudioError) -> T?
  {
    guard let text = self[name] else { return nil }
    guard let value = parse(text) else {
      throw StudioError(400, "'\(name)' must be \(kind), not '\(text)'.")
    }
    return value
  }

  func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(StudioError)
    -> Int
  {
    try parsed(name, "a number from \(range.lowerBound) to \(range.upperBound)") {
      Int($0).flatMap { range.contains($0) ? $0 : nil }
    } ?? value
  }

  func ordinal<T: Ordinal>(_ name: String, _: T.Type) throws(StudioError) -> T? {
    try parsed(name, "a whole number") { T($0) }
  }

  func cut(_ name: String = "cut") throws(StudioError) -> Cut? { try ordinal(name, Cut.self) }

  /// A cut that the request must have.
  func requiredCut(_ name: String = "cut") throws(StudioError) -> Cut {
    guard let cut = try cut(name) else { throw StudioError(400, "'\(name)' is missing.") }
    return cut
  }

  /// Cuts with commas between them.
  func cuts(_ name: String) throws(StudioError) -> [Cut] {
    try parsed(name, "up to 500 cuts, as in 12,13") { text in
      let parts = text.split(separator: ",")
      let cuts = parts.compactMap { Cut(String($0)) }
      return cuts.count == parts.count && cuts.count <= 500 ? cuts : nil
    } ?? []
  }

  /// A time in RFC 3339, or as milliseconds since 1970.
  func time(_ name: String) throws(StudioError) -> Timestamp? {
    try parsed(name, "a time (RFC 3339, or milliseconds since 1970)") {
      Timestamp($0) ?? Double($0).flatMap { Timestamp(milliseconds: $0) }
    }
  }

  func path(_ name: String = "path") throws(StudioError) -> StatePath? {
    guard let text = self[name] else { return nil }
    do { return try StatePath(parsing: text) } catch { throw StudioError(400, "\(error)") }
  }

  /// The child after which a page of them begins.
  func childPosition(_ name: String) throws(StudioError) -> ValueOutline.Position? {
    try parsed(name, "what an answer gave as 'next'") { ValueOutline.Position(text: $0) }
  }

  func choice<T: RawRepresentable & CaseIterable>(_ name: String, default value: T)
    throws(StudioError) -> T where T.RawValue == String
  {
    let names = T.allCases.map(\.rawValue).joined(separator: ", ")
    return try parsed(name, "one of \(names)") { T(rawValue: $0) } ?? value
  }
}

extension Timestamp {
  /// From and to milliseconds since 1970, which is how a browser counts.
  init?(milliseconds: Double) {
    guard let nanoseconds = Int64(exactly: (milliseconds * 1e6).rounded()) else { return nil }
    self.init(nanoseconds: nanoseconds)
  }

  var milliseconds: Double { Double(nanoseconds) / 1e6 }
}

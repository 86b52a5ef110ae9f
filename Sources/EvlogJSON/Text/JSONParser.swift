/// A strict reader of JSON texts (RFC 8259), which keeps numbers exact.
public enum JSONParser {
  /// What is wrong with a text, and at which byte of it (from 0).
  public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The problem, in words.
    public let message: String
    /// The byte where the problem is, from 0.
    public let byte: Int
    public var description: String { "\(message) at byte \(byte)" }
  }

  /// How deep arrays and objects may be nested.
  @inlinable public static var depthLimit: Int { 512 }

  /// How many digits an exponent may have, not counting leading zeros.
  public static let exponentDigitLimit: Int = 12

  /// The value of a whole text.
  public static func parse(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
    try parse(bytes.span)
  }

  /// The value of a whole text.
  public static func parse(_ bytes: Span<UInt8>) throws(Failure) -> JSONValue {
    try parse(bytes, depthLimit: depthLimit)
  }

  /// Reads one JSON value from a text, strictly: nothing may follow it.
  public static func parse(_ text: String) throws(Failure) -> JSONValue {
    try parse(text.utf8Span.span)
  }

  /// The value of a text that may be nested deeper than those of others are.
  static func parse(_ bytes: Span<UInt8>, depthLimit: Int) throws(Failure) -> JSONValue {
    try JSONText.reading(bytes) { text throws(Failure) in
      try text.scan(depthLimit: depthLimit)
      return text.value(at: text.root)
    }
  }

  /// Checks a whole text without making values of it. Returns true if it has numbers that a double does not
  /// hold exactly: whole ones beyond ±(2^53 - 1).
  public static func check(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Bool {
    try check(bytes.span, inside: 0)
  }

  /// The same for a text that becomes a part of another, so many arrays and objects deep in it.
  package static func check(_ bytes: Span<UInt8>, inside depth: Int = 0) throws(Failure) -> Bool {
    var scanner = JSONScanner(bytes, inside: depth)
    var sink = Nothing()
    try scanner.whole(into: &sink)
    return scanner.hasLargeNumber
  }

  /// The members of the object that is the whole text, as ranges of its bytes.
  package static func members(of bytes: ArraySlice<UInt8>) throws(Failure)
    -> [(key: String, keyByte: Int, value: Range<Int>)]
  {
    var sink = Nothing()
    return try members(of: bytes, into: &sink)
  }

  /// The same, where it matters whether an object in a member's value may have a key twice.
  package static func members(of bytes: ArraySlice<UInt8>, mayRepeatKeys: inout Bool)
    throws(Failure) -> [(key: String, keyByte: Int, value: Range<Int>)]
  {
    var sink = RepeatedKeys()
    defer { mayRepeatKeys = sink.mayRepeat }
    return try members(of: bytes, into: &sink)
  }

  private static func members(of bytes: ArraySlice<UInt8>, into sink: inout some JSONSink)
    throws(Failure) -> [(key: String, keyByte: Int, value: Range<Int>)]
  {
    var scanner = JSONScanner(bytes.span)
    var members: [(key: String, keyByte: Int, value: Range<Int>)] = []
    try scanner.beginObject()
    var hasMember = try scanner.hasFirst(.object)
    while hasMember {
      let key = try scanner.key()
      let start = scanner.i
      try scanner.value(into: &sink)
      members.append(
        (
          scanner.text(of: key), bytes.startIndex + key.start - 1,
          (bytes.startIndex + start)..<(bytes.startIndex + scanner.i)
        ))
      hasMember = try scanner.hasNext(.object)
    }
    try scanner.finish()
    return members
  }

  /// Takes no notice of what is met.
  struct Nothing: JSONSink {
    static let notesLargeNumbers = true
    mutating func begin(_ container: JSONScanner.Container) {}
    mutating func end() {}
    mutating func key(_ key: JSONScanner.Quoted, _ hash: UInt32) {}
    mutating func string(_ string: JSONScanner.Quoted) {}
    mutating func number(_ token: Range<Int>, isWhole: Bool) {}
    mutating func shortNumber(_ token: Range<Int>, _ number: UInt32) {}
    mutating func literal(_ literal: JSONScanner.Literal) {}
  }
}

extension JSONValue {
  /// The value of a whole text; nil if it is not JSON, for callers that need no reason.
  package init?(validating text: Span<UInt8>) {
    // That there is none is the answer.
    guard let value = try? JSONParser.parse(text) else { return nil }
    self = value
  }

  package init?(validating text: ArraySlice<UInt8>) { self.init(validating: text.span) }

  package init?(validating text: String) { self.init(validating: text.utf8Span.span) }
}

import CEvlog

/// Scans a JSON text once, strictly by RFC 8259, and reports what it meets to a sink. This is the only
/// implementation of the grammar.
///
/// What knows what a text should have can walk along it step by step, as contracts do; these steps can be inlined there.
package struct JSONScanner: ~Escapable {
  package typealias Failure = JSONParser.Failure

  package let bytes: Span<UInt8>
  package var i = 0
  @usableFromInline package var depth: Int
  @usableFromInline package let depthLimit: Int
  /// Whether a whole number beyond ±(2^53 - 1), or one beyond all doubles, was met.
  private(set) var hasLargeNumber = false

  @_lifetime(copy bytes)
  package init(
    _ bytes: Span<UInt8>, inside depth: Int = 0, depthLimit: Int = JSONParser.depthLimit
  ) {
    self.bytes = bytes
    self.depth = depth
    self.depthLimit = depthLimit
  }

  package enum Container {
    case object, array

    @inlinable package var close: UInt8 {
      self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]")
    }
    @usableFromInline package var name: String { self == .object ? "object" : "array" }
  }

  package enum Literal {
    case null, yes, no
  }

  /// A string's content without quotes, and whether it has escapes.
  package struct Quoted {
    package let start: Int
    package let end: Int
    package let hasEscapes: Bool

    @inlinable package init(start: Int, end: Int, hasEscapes: Bool) {
      (self.start, self.end, self.hasEscapes) = (start, end, hasEscapes)
    }

    @inlinable package var content: Range<Int> { start..<end }
  }

  @usableFromInline package func failure(_ message: String, at place: Int? = nil) -> Failure {
    Failure(message: message, byte: place ?? i)
  }

  @inlinable @inline(__always) package var peek: UInt8? { i < bytes.count ? bytes[i] : nil }

  @inlinable @inline(__always) package mutating func skipSpace() {
    while i < bytes.count, bytes[i] <= 0x20 {
      switch bytes[i] {
      case 0x20, 0x09, 0x0A, 0x0D: i &+= 1
      default: return
      }
    }
  }

  // MARK: The grammar

  /// A whole text.
  mutating func whole(into sink: inout some JSONSink) throws(Failure) {
    skipSpace()
    try value(into: &sink)
    try finish()
  }

  @inlinable package mutating func finish() throws(Failure) {
    skipSpace()
    if i < bytes.count { throw failure("There is something after the value") }
  }

  mutating func value<Sink: JSONSink>(into sink: inout Sink) throws(Failure) {
    switch peek {
    case UInt8(ascii: "\""): sink.string(try string())
    case UInt8(ascii: "{"):
      try enter()
      sink.begin(.object)
      var hasMember = try hasFirst(.object)
      while hasMember {
        if !passPlainMembers(into: &sink) {
          let key = try key()
          sink.key(key, Self.hash(bytes, key.start, key.end))
          try value(into: &sink)
        }
        hasMember = try hasNext(.object)
      }
      sink.end()
    case UInt8(ascii: "["):
      try enter()
      sink.begin(.array)
      var hasItem = try hasFirst(.array)
      while hasItem {
        if !passPlainNumbers(into: &sink) { try value(into: &sink) }
        hasItem = try hasNext(.array)
      }
      sink.end()
    case UInt8(ascii: "t"):
      try expect("true")
      sink.literal(.yes)
    case UInt8(ascii: "f"):
      try expect("false")
      sink.literal(.no)
    case UInt8(ascii: "n"):
      try expect("null")
      sink.literal(.null)
    default:
      let number = try number()
      if Sink.notesLargeNumbers, !hasLargeNumber { hasLargeNumber = isLarge(number) }
      sink.number(number.token, isWhole: number.isWhole)
    }
  }

  /// Moves past members as most are, `"key":"text"` or `"key":123`, with nothing but commas between
  /// them; false where there is none.
  ///
  /// It does what the rest of the grammar does, at places that need not be written down after each step,
  /// and leaves alone whatever is not so.
  @inline(__always)
  private mutating func passPlainMembers(into sink: inout some JSONSink) -> Bool {
    let quote = UInt8(ascii: "\"")
    let first = i
    var place = first
    while place < bytes.count, bytes[place] == quote {
      let keyEnd = plainEnd(from: place &+ 1)
      let start = keyEnd &+ 2
      guard start < bytes.count, bytes[keyEnd] == quote, bytes[keyEnd &+ 1] == UInt8(ascii: ":")
      else { break }
      let key = Quoted(start: place &+ 1, end: keyEnd, hasEscapes: false)
      if bytes[start] == quote {
        let end = plainEnd(from: start &+ 1)
        guard end < bytes.count, bytes[end] == quote else { break }
        sink.key(key, Self.hash(bytes, key.start, key.end))
        sink.string(Quoted(start: start &+ 1, end: end, hasEscapes: false))
        place = end &+ 1
      } else {
        let end = digitsEnd(from: start)
        guard end > start, end &- start <= 15, bytes[start] != 0x30, end < bytes.count,
          bytes[end] == UInt8(ascii: ",") || bytes[end] == UInt8(ascii: "}")
        else { break }
        sink.key(key, Self.hash(bytes, key.start, key.end))
        sink.number(start..<end, isWhole: true)
        place = end
      }
      i = place
      guard place < bytes.count, bytes[place] == UInt8(ascii: ",") else { return true }
      place &+= 1
    }
    return i > first
  }

  /// Moves past numbers as most in an array are, with nothing but commas between them; false where there is
  /// none.
  @inline(__always)
  private mutating func passPlainNumbers(into sink: inout some JSONSink) -> Bool {
    let first = i
    var place = first
    while true {
      // One to seven digits and a comma are seen in one word.
      while place &+ 8 <= bytes.count {
        let word = UInt64(
          littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: place, as: UInt64.self))
        let bits = evlog_nondigits(word).trailingZeroBitCount & ~7
        guard bits > 0, bits < 64,
          UInt8(truncatingIfNeeded: word &>> UInt64(bits)) == UInt8(ascii: ","),
          word & 0xFF != 0x30 || bits == 8
        else { break }
        i = place &+ bits / 8
        // With zeros in front.
        let number = evlog_number(word &<< UInt64(64 &- bits), 8)
        sink.shortNumber(place..<i, UInt32(truncatingIfNeeded: number))
        place = i &+ 1
      }
      let end = manyDigitsEnd(from: place)
      let count = end &- place
      guard count > 0, count <= 15, bytes[place] != 0x30 || count == 1, end < bytes.count,
        bytes[end] == UInt8(ascii: ",") || bytes[end] == UInt8(ascii: "]")
      else { return i > first }
      sink.number(place..<end, isWhole: true)
      i = end
      if bytes[end] != UInt8(ascii: ",") { return true }
      place = end &+ 1
    }
  }

  /// Moves into the object that the whole text should be.
  mutating func beginObject() throws(Failure) {
    skipSpace()
    guard peek == UInt8(ascii: "{") else { throw failure("There is no object") }
    try enter()
  }

  /// Moves into an object or an array, at whose bracket it stands.
  @inlinable package mutating func enter() throws(Failure) {
    depth += 1
    guard depth <= depthLimit else {
      throw failure("The text is nested deeper than \(depthLimit)")
    }
    i += 1
    skipSpace()
  }

  /// Whether a container that was entered has anything in it; moves past its end where it has not.
  @inlinable @inline(__always) package mutating func hasFirst(_ container: Container)
    throws(Failure) -> Bool
  {
    guard peek == container.close else { return true }
    i += 1
    depth -= 1
    return false
  }

  /// Moves past a comma, or past the container's end: then false.
  @inlinable @inline(__always) package mutating func hasNext(_ container: Container) throws(Failure)
    -> Bool
  {
    skipSpace()
    switch peek {
    case UInt8(ascii: ","):
      i += 1
      skipSpace()
      return true
    case container.close:
      i += 1
      depth -= 1
      return false
    case nil: throw failure("The \(container.name) does not end")
    default: throw failure("A comma or the end of the \(container.name) is missing")
    }
  }

  /// Moves past a key and its colon.
  @inlinable @inline(__always) package mutating func key() throws(Failure) -> Quoted {
    guard peek == UInt8(ascii: "\"") else { throw failure("A key in quotes is missing") }
    let key = try string()
    skipSpace()
    guard peek == UInt8(ascii: ":") else { throw failure("A colon is missing after the key") }
    i += 1
    skipSpace()
    return key
  }

  /// A number that is the same for the same bytes, and mostly another one for others.
  @inlinable @inline(__always) package static func hash(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int
  ) -> UInt32 {
    let count = end &- start
    guard count >= 4 else {
      var hash = UInt32(truncatingIfNeeded: count)
      for i in start..<end { hash = hash &<< 8 | UInt32(bytes[i]) }
      return hash &* 0x9E37_79B1
    }
    let words = unsafe bytes.bytes
    let first = unsafe words.unsafeLoadUnaligned(fromByteOffset: start, as: UInt32.self)
    let last = unsafe words.unsafeLoadUnaligned(fromByteOffset: end &- 4, as: UInt32.self)
    return (first &* 0x9E37_79B1 ^ last) &* 0x85EB_CA6B ^ UInt32(truncatingIfNeeded: count)
  }

  /// Moves past a value, whatever it is.
  package mutating func skipValue() throws(Failure) {
    var nothing = JSONParser.Nothing()
    try value(into: &nothing)
  }

  /// Moves past `null`, `true` or `false`.
  package mutating func literal() throws(Failure) -> Literal {
    switch peek {
    case UInt8(ascii: "t"):
      try expect("true")
      return .yes
    case UInt8(ascii: "f"):
      try expect("false")
      return .no
    default:
      try expect("null")
      return .null
    }
  }

  private mutating func expect(_ text: StaticString) throws(Failure) {
    let start = i
    for j in 0..<text.utf8CodeUnitCount {
      guard unsafe peek == text.utf8Start[j] else {
        throw failure("This is not a value", at: start)
      }
      i += 1
    }
  }
}

/// What wants to know what a text has, in its order.
protocol JSONSink {
  /// Whether numbers that doubles do not hold are to be noted.
  static var notesLargeNumbers: Bool { get }

  mutating func begin(_ container: JSONScanner.Container)
  mutating func end()
  /// With a number that is the same for the same bytes.
  mutating func key(_ key: JSONScanner.Quoted, _ hash: UInt32)
  mutating func string(_ string: JSONScanner.Quoted)
  mutating func number(_ token: Range<Int>, isWhole: Bool)
  /// With its value: a whole number of one to seven digits.
  mutating func shortNumber(_ token: Range<Int>, _ number: UInt32)
  mutating func literal(_ literal: JSONScanner.Literal)
}

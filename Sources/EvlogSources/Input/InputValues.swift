/// The JSON values of an input: the elements of an array, or values one after the other.
///
/// Only brackets, commas and texts are looked at here, to find where a value ends; whether it is JSON is for the
/// reader of the value to say.
struct InputValues {
  enum Layout {
    /// One array and nothing else.
    case array
    /// Values with white space between them; the elements of an array stand for themselves.
    case any
  }

  private enum State {
    /// Outside of an array; within, before its first value, after a comma, and after a value.
    case outside, first, next, after
  }

  private let layout: Layout
  private(set) var input: InputBytes
  private var buffer: [UInt8] = []
  /// The next byte, and where it is in the input.
  private var position = 0
  private var line = 1
  private var column = 1
  private var state = State.outside
  private var arrayLine = 1
  private var hasArray = false
  private var isAtEnd = false

  init(_ input: InputBytes, _ layout: Layout) {
    self.input = input
    self.layout = layout
  }

  private func wrong(_ message: String) -> SourceError {
    SourceError(input.name, .malformed(message), line: line, column: column)
  }

  /// The next value, or nil after the last.
  mutating func next() throws(SourceError) -> InputRecord? {
    while let byte = try peek() {
      switch (state, byte) {
      case (.outside, UInt8(ascii: "[")) where layout == .any || !hasArray:
        (state, arrayLine, hasArray) = (.first, line, true)
        advance(1)
      case (.outside, _) where layout == .array:
        throw wrong(
          hasArray
            ? "there is something after the array."
            : "a JSON array begins with '['.")
      case (.first, UInt8(ascii: "]")), (.after, UInt8(ascii: "]")):
        state = .outside
        advance(1)
      case (.after, UInt8(ascii: ",")):
        state = .next
        advance(1)
      case (.after, _): throw wrong("a comma or the end of the array is missing.")
      case (_, UInt8(ascii: ",")), (_, UInt8(ascii: "]")), (_, UInt8(ascii: "}")):
        throw wrong("a value is missing.")
      default: return try value(beginningWith: byte)
      }
    }
    guard state == .outside else {
      throw wrong("the array that begins on line \(arrayLine) has no end.")
    }
    guard layout == .any || hasArray else { throw wrong("there is no JSON array.") }
    return nil
  }

  /// The next byte that is not white space; nil at the end.
  private mutating func peek() throws(SourceError) -> UInt8? {
    while true {
      while position < buffer.count {
        let byte = buffer[position]
        guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
        advance(1)
      }
      guard try fill() else { return nil }
    }
  }

  private mutating func value(beginningWith byte: UInt8) throws(SourceError) -> InputRecord {
    var end = ValueEnd(byte)
    var searched = position + 1
    while true {
      if let found = end.find(in: buffer.span, from: searched) {
        let record = InputRecord(
          number: line, column: column, bytes: Array(buffer[position..<found]))
        advance(found - position)
        if state != .outside { state = .after }
        return record
      }
      let count = buffer.count - position
      guard count <= InputLines.lineLimit else {
        throw wrong("the value has more than \(InputLines.lineLimit >> 20) MiB.")
      }
      guard try fill() else {
        guard end.isPlain else { throw wrong("the input ends inside of what begins here.") }
        let record = InputRecord(number: line, column: column, bytes: Array(buffer[position...]))
        advance(count)
        if state != .outside { state = .after }
        return record
      }
      searched = position + count
    }
  }

  /// Moves on, and counts lines and characters.
  private mutating func advance(_ count: Int) {
    for i in position..<(position + count) {
      let byte = buffer[i]
      if byte == 0x0A {
        (line, column) = (line + 1, 1)
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    position += count
  }

  private mutating func fill() throws(SourceError) -> Bool {
    guard !isAtEnd else { return false }
    buffer.removeFirst(position)
    position = 0
    isAtEnd = try !input.read(into: &buffer)
    return !isAtEnd
  }
}

/// Finds where a value ends, however the bytes come.
private struct ValueEnd {
  private var depth = 0
  private var isInText = false
  private var isEscaped = false
  /// Neither an object nor an array nor a text: it ends before the next byte that is no part of it.
  let isPlain: Bool

  init(_ first: UInt8) {
    isPlain = ![UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\"")].contains(first)
    isInText = first == UInt8(ascii: "\"")
    depth = isPlain || isInText ? 0 : 1
  }

  /// The place after the value; nil if it goes on.
  mutating func find(in bytes: Span<UInt8>, from start: Int) -> Int? {
    var i = start
    if isPlain {
      while i < bytes.count {
        switch bytes[i] {
        case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"),
          UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""):
          return i
        default: i &+= 1
        }
      }
      return nil
    }
    while i < bytes.count {
      let byte = bytes[i]
      i &+= 1
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
          if depth == 0 { return i }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth &-= 1
        if depth == 0 { return i }
      default: break
      }
    }
    return nil
  }
}

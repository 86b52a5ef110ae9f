import EvlogCore

/// Reads values of EDN from bytes, strictly; also from the beginning of a text that is not all there yet.
struct EDNReader {
  /// How deep collections, tags and discarded values may be nested.
  static let depthLimit = 256

  struct Failure: Error {
    /// What is wrong, in words; nil where the bytes end too early.
    let message: String?
    let byte: Int

    static func endsEarly(_ byte: Int) -> Failure { Failure(message: nil, byte: byte) }
  }

  let bytes: [UInt8]
  /// Whether nothing follows the bytes.
  let isWhole: Bool
  private(set) var position: Int
  private var depth = 0

  init(_ bytes: [UInt8], at position: Int = 0, isWhole: Bool = true) {
    self.bytes = bytes
    self.position = position
    self.isWhole = isWhole
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  func failure(_ message: String, at byte: Int? = nil) -> Failure {
    Failure(message: message, byte: byte ?? position)
  }

  mutating func advance(_ count: Int = 1) { position += count }

  /// Goes to the first byte of the next value, past blanks, commas, comments and what is discarded; nil at
  /// the end.
  mutating func skip() throws(Failure) -> UInt8? {
    while let byte = next {
      if Self.isBlank(byte) {
        position += 1
      } else if byte == UInt8(ascii: ";") {
        while let byte = next, byte != 0x0A { position += 1 }
      } else if byte == UInt8(ascii: "#"), position + 1 == bytes.count, !isWhole {
        throw .endsEarly(position)
      } else if byte == UInt8(ascii: "#"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "_")
      {
        let start = position
        position += 2
        try nested(at: start) { reader throws(Failure) in _ = try reader.required(since: start) }
      } else {
        return byte
      }
    }
    if !isWhole { throw .endsEarly(position) }
    return nil
  }

  /// The next value, which must be there.
  mutating func required(since start: Int) throws(Failure) -> EDNValue {
    guard let first = try skip() else { throw .endsEarly(start) }
    return try value(first)
  }

  /// The value that begins at the position, with this byte.
  mutating func value(_ first: UInt8) throws(Failure) -> EDNValue {
    let start = position
    switch first {
    case UInt8(ascii: "("):
      return .list(try elements(until: UInt8(ascii: ")"), from: start))
    case UInt8(ascii: "["):
      return .vector(try elements(until: UInt8(ascii: "]"), from: start))
    case UInt8(ascii: "{"): return .map(try entries(from: start))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "\\"): return .character(try character())
    case UInt8(ascii: "#"): return try dispatch()
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      throw failure("'\(Character(Unicode.Scalar(first)))' closes nothing")
    default: return try atom()
    }
  }

  /// Runs something one level deeper.
  private mutating func nested<Result>(
    at byte: Int, _ body: (inout EDNReader) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard depth < Self.depthLimit else {
      throw failure("more than \(Self.depthLimit) values are nested", at: byte)
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  // MARK: Collections

  private mutating func elements(until closing: UInt8, from start: Int) throws(Failure)
    -> [EDNValue]
  {
    position += 1
    return try nested(at: start) { reader throws(Failure) in
      var values: [EDNValue] = []
      while true {
        guard let byte = try reader.skip() else { throw .endsEarly(start) }
        if byte == closing {
          reader.position += 1
          return values
        }
        values.append(try reader.value(byte))
      }
    }
  }

  private mutating func entries(from start: Int) throws(Failure) -> [EDNValue.Entry] {
    let values = try elements(until: UInt8(ascii: "}"), from: start)
    guard values.count.isMultiple(of: 2) else {
      throw failure("a map has a key without a value", at: start)
    }
    let entries = stride(from: 0, to: values.count, by: 2).map {
      EDNValue.Entry(values[$0], values[$0 + 1])
    }
    try refuseRepeated(entries.map(\.key), "a map has the key", at: start)
    return entries
  }

  private func refuseRepeated(_ values: [EDNValue], _ what: String, at start: Int) throws(Failure) {
    var seen: Set<Name> = []
    for value in values where !seen.insert(Name(value.canonicalText)).inserted {
      throw failure("\(what) \(value.canonicalText) twice", at: start)
    }
  }

  // MARK: What begins with #

  private mutating func dispatch() throws(Failure) -> EDNValue {
    let start = position
    guard position + 1 < bytes.count else {
      throw isWhole ? failure("'#' is not followed by a tag") : .endsEarly(start)
    }
    switch bytes[position + 1] {
    case UInt8(ascii: "{"):
      position += 1
      let values = try elements(until: UInt8(ascii: "}"), from: start)
      try refuseRepeated(values, "a set has", at: start)
      return .set(values)
    case UInt8(ascii: "#"):
      position += 2
      let name = try token()
      guard ["Inf", "-Inf", "NaN"].contains(name) else {
        throw failure("'##\(name)' is not ##Inf, ##-Inf or ##NaN", at: start)
      }
      return .symbolic(name)
    case UInt8(ascii: ":"):
      throw failure("a map with a namespace (#:name{…}) is not EDN", at: start)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...:
      position += 1
      let tag = try token()
      try check(symbol: tag, at: start)
      let value = try nested(at: start) { reader throws(Failure) in
        try reader.required(since: start)
      }
      return .tagged(tag, value)
    default: throw failure("'#' is not followed by a tag, a set or a discarded value")
    }
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09...0x0D, 0x1C...0x20, UInt8(ascii: ","): true
    default: false
    }
  }
}

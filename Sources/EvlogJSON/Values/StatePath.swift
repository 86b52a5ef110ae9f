import EvlogCore

/// A path from a state's root to a value in it.
public struct StatePath: Sendable, Hashable, CustomStringConvertible {
  /// One step down into a value.
  public enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
    /// An element of an array, identified by the value of a member.
    case element(member: String, value: String)

    // Names are bytes: two spellings of "é" are two places.
    public static func == (a: Step, b: Step) -> Bool {
      switch (a, b) {
      case (.key(let a), .key(let b)): Name(a) == Name(b)
      case (.index(let a), .index(let b)): a == b
      case (.element(let a, let x), .element(let b, let y)):
        Name(a) == Name(b) && Name(x) == Name(y)
      default: false
      }
    }

    public func hash(into hasher: inout Hasher) {
      switch self {
      case .key(let key): hasher.combine(Name(key))
      case .index(let index): hasher.combine(index)
      case .element(let member, let value):
        hasher.combine(Name(member))
        hasher.combine(Name(value))
      }
    }
  }

  /// Of texts, which are members, and numbers, which are elements; nil where there is something else.
  package init?(json: some Sequence<JSONValue>) {
    var steps: [Step] = []
    for item in json {
      if let key = item.stringValue {
        steps.append(.key(key))
      } else if let index = item.integer(Int.self) {
        steps.append(.index(index))
      } else {
        return nil
      }
    }
    self.init(steps)
  }

  /// The steps, from the outermost value inwards; none for the whole state.
  public var steps: [Step]

  public init(_ steps: [Step] = []) { self.steps = steps }

  package func appending(_ step: Step) -> StatePath { StatePath(steps + [step]) }

  /// As in `accounts["7"].lines[2].text`; the root is `state`.
  public var description: String {
    var text = ""
    for step in steps {
      switch step {
      // A member that has the name of the whole state is put in brackets, to be told from it.
      case .key(let key) where Self.isIdentifier(key) && !(text.isEmpty && key == "state"):
        text += text.isEmpty ? key : ".\(key)"
      case .key(let key):
        var bytes: [UInt8] = []
        JSONValue.write(key, to: &bytes)
        text += "[\(String(decoding: bytes, as: UTF8.self))]"
      case .index(let index): text += "[\(index)]"
      case .element(let member, let value): text += "[\(member)=\(value)]"
      }
    }
    return text.isEmpty ? "state" : text
  }

  private static func isIdentifier(_ key: String) -> Bool {
    guard let first = key.utf8.first else { return false }
    return isLetter(first) && key.utf8.allSatisfy { isLetter($0) || isDigit($0) }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte == 0x24 || byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

// MARK: Reading

extension StatePath {
  /// A text is not a path: what is wrong, and where.
  public struct Malformed: Error, Sendable, CustomStringConvertible {
    /// The malformed text.
    public let text: String
    /// The position in the text, in characters from 0.
    public let column: Int
    let reason: String

    public var description: String {
      "'\(text)' is not a path: \(reason) at column \(column + 1). "
        + #"A path is written as in accounts["7"].lines[2].text; the whole state is: state"#
    }
  }

  /// Parses a path as `description` writes it.
  public init(parsing text: String) throws(Malformed) {
    self.init()
    if text == "state" { return }
    var reader = Reader(text)
    repeat { steps.append(try reader.step(isFirst: steps.isEmpty)) } while !reader.isAtEnd
  }

  private struct Reader {
    let text: String
    let bytes: [UInt8]
    var position = 0

    init(_ text: String) {
      self.text = text
      bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position >= bytes.count }

    func wrong(_ reason: String) -> Malformed {
      let before = String(decoding: bytes.prefix(position), as: UTF8.self)
      return Malformed(text: text, column: before.count, reason: reason)
    }

    mutating func step(isFirst: Bool) throws(Malformed) -> Step {
      if isAtEnd { throw wrong("there is nothing") }
      if bytes[position] == UInt8(ascii: "[") {
        position += 1
        let step = try bracketed()
        guard !isAtEnd, bytes[position] == UInt8(ascii: "]") else {
          throw wrong("a ']' is missing")
        }
        position += 1
        return step
      }
      if !isFirst {
        guard bytes[position] == UInt8(ascii: ".") else { throw wrong("a '.' or '[' is missing") }
        position += 1
      }
      return .key(try name())
    }

    private mutating func name() throws(Malformed) -> String {
      let start = position
      while !isAtEnd, isLetter(bytes[position]) || isDigit(bytes[position]) { position += 1 }
      guard position > start else {
        throw wrong(#"a name is missing (one with other characters is written ["so"])"#)
      }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func bracketed() throws(Malformed) -> Step {
      guard !isAtEnd else { throw wrong("a ']' is missing") }
      if bytes[position] == UInt8(ascii: "\"") {
        return .key(try string().stringValue ?? "")
      }
      if isDigit(bytes[position]) {
        let digits = try name()
        guard let index = Int(digits) else { throw wrong("'\(digits)' is not an array index") }
        return .index(index)
      }
      let member = try name()
      guard !isAtEnd, bytes[position] == UInt8(ascii: "=") else { throw wrong("a '=' is missing") }
      position += 1
      if !isAtEnd, bytes[position] == UInt8(ascii: "\"") {
        return .element(member: member, value: try string().canonicalText)
      }
      let start = position
      while !isAtEnd, bytes[position] != UInt8(ascii: "]") { position += 1 }
      guard let value = JSONValue(validating: bytes[start..<position]), case .number = value else {
        position = start
        throw wrong("a number, or a text in quotes, is missing")
      }
      return .element(member: member, value: value.canonicalText)
    }

    /// A text in quotes, as JSON has it.
    private mutating func string() throws(Malformed) -> JSONValue {
      let start = position
      position += 1
      while !isAtEnd, bytes[position] != UInt8(ascii: "\"") {
        position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      position = min(position + 1, bytes.count)
      guard let value = JSONValue(validating: bytes[start..<position]) else {
        position = start
        throw wrong("the text in quotes is not one of JSON")
      }
      return value
    }
  }
}

// MARK: Looking

extension JSONValue {
  /// The value at a path, or nil if there is none.
  public subscript(path: StatePath) -> JSONValue? { at(path.steps[...]) }

  package func at(_ steps: ArraySlice<StatePath.Step>) -> JSONValue? {
    guard let first = steps.first else { return self }
    let child: JSONValue?
    switch (first, self) {
    case (.key(let key), .object(let object)): child = object[key]
    case (.index(let index), .array(let items)):
      child = items.indices.contains(index) ? items[index] : nil
    case (.element(let member, let value), .array(let items)):
      child = items.first { $0[member].map { Name($0.canonicalText) } == Name(value) }
    default: child = nil
    }
    return child?.at(steps.dropFirst())
  }
}

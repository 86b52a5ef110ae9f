/// The tags of an XML text, one after the other; what is between them must be white space.
///
/// This is as much of XML 1.0 as formats need that keep their values in attributes: a declaration, comments,
/// references to characters. A document type is refused, because what it declares could change the text.
struct XMLTags {
  struct Tag {
    let name: String
    let attributes: [(name: String, value: String)]
    /// Whether it opens an element; one that is empty is opened and closed by two tags.
    let opens: Bool
    let line: Int

    subscript(name: String) -> String? { attributes.first { $0.name == name }?.value }
  }

  /// What is wrong, and on which line.
  struct Malformed: Error {
    let message: String
    let line: Int
  }

  private let bytes: [UInt8]
  private var i = 0
  private var line = 1
  private var open: [String] = []
  private var isEmptyElement = false

  init(_ text: String) { bytes = Array(text.utf8) }

  private func wrong(_ message: String) -> Malformed { Malformed(message: message, line: line) }

  private func starts(with text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard i + count <= bytes.count else { return false }
    for j in 0..<count where unsafe bytes[i + j] != text.utf8Start[j] { return false }
    return true
  }

  private mutating func advance(_ count: Int = 1) {
    for j in i..<(i + count) where bytes[j] == 0x0A { line += 1 }
    i += count
  }

  private mutating func skipSpace() {
    while i < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[i]) { advance() }
  }

  /// Moves past what ends so.
  private mutating func skip(to end: StaticString, of what: String) throws(Malformed) {
    let start = line
    while !starts(with: end) {
      guard i < bytes.count else { throw Malformed(message: "\(what) has no end.", line: start) }
      advance()
    }
    advance(end.utf8CodeUnitCount)
  }

  /// The next tag, or nil at the end.
  mutating func next() throws(Malformed) -> Tag? {
    if isEmptyElement {
      isEmptyElement = false
      return Tag(name: open.removeLast(), attributes: [], opens: false, line: line)
    }
    while true {
      skipSpace()
      guard i < bytes.count else {
        guard let last = open.last else { return nil }
        throw wrong("the text ends inside of <\(last)>.")
      }
      if starts(with: "<?") {
        try skip(to: "?>", of: "what begins with <?")
      } else if starts(with: "<!--") {
        try skip(to: "-->", of: "a comment")
      } else if starts(with: "<!") {
        throw wrong("document types and CDATA sections are not supported.")
      } else if bytes[i] == UInt8(ascii: "<") {
        return try tag()
      } else {
        throw wrong("there is text outside of tags.")
      }
    }
  }

  private mutating func tag() throws(Malformed) -> Tag {
    let start = line
    advance()
    if i < bytes.count, bytes[i] == UInt8(ascii: "/") {
      advance()
      let name = try name()
      skipSpace()
      guard starts(with: ">") else { throw wrong("'>' is missing.") }
      advance()
      guard open.popLast() == name else { throw wrong("</\(name)> closes nothing.") }
      return Tag(name: name, attributes: [], opens: false, line: start)
    }
    let name = try name()
    guard open.count < 256 else { throw wrong("elements are nested deeper than 256.") }
    open.append(name)
    var attributes: [(name: String, value: String)] = []
    while true {
      skipSpace()
      if starts(with: "/>") {
        advance(2)
        isEmptyElement = true
        break
      }
      if starts(with: ">") {
        advance()
        break
      }
      let key = try self.name()
      skipSpace()
      guard starts(with: "=") else { throw wrong("'=' is missing after \(key).") }
      advance()
      skipSpace()
      if attributes.contains(where: { $0.name == key }) { throw wrong("\(key) appears twice.") }
      attributes.append((key, try value()))
    }
    return Tag(name: name, attributes: attributes, opens: true, line: start)
  }

  private mutating func name() throws(Malformed) -> String {
    let start = i
    while i < bytes.count, bytes[i] > 0x20, !"=<>/\"'".utf8.contains(bytes[i]) { i += 1 }
    guard i > start else {
      throw wrong(i < bytes.count ? "a name is missing." : "a tag has no end.")
    }
    return String(decoding: bytes[start..<i], as: UTF8.self)
  }

  private mutating func value() throws(Malformed) -> String {
    guard i < bytes.count, bytes[i] == UInt8(ascii: "\"") || bytes[i] == UInt8(ascii: "'") else {
      throw wrong("a value in quotes is missing.")
    }
    let (quote, start) = (bytes[i], line)
    advance()
    var text: [UInt8] = []
    while i < bytes.count, bytes[i] != quote {
      switch bytes[i] {
      case UInt8(ascii: "<"): throw wrong("'<' in a value must be written as &lt;")
      case UInt8(ascii: "&"): text += try reference().utf8
      case 0x0A, 0x09, 0x0D:
        // Line breaks that are not written as a reference are spaces.
        text.append(0x20)
        advance()
      default:
        text.append(bytes[i])
        i += 1
      }
    }
    guard i < bytes.count else { throw Malformed(message: "a value has no end.", line: start) }
    advance()
    return String(decoding: text, as: UTF8.self)
  }

  /// The character that a reference stands for.
  private mutating func reference() throws(Malformed) -> String {
    let start = i + 1
    guard let end = bytes[start...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      throw wrong("'&' must be written as &amp;")
    }
    let name = String(decoding: bytes[start..<end], as: UTF8.self)
    i = end + 1
    switch name {
    case "lt": return "<"
    case "gt": return ">"
    case "amp": return "&"
    case "quot": return "\""
    case "apos": return "'"
    default: break
    }
    let isHex = name.hasPrefix("#x")
    guard name.hasPrefix("#"),
      let number = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
      let scalar = Unicode.Scalar(number)
    else { throw wrong("&\(name); is not a character.") }
    return String(scalar)
  }
}

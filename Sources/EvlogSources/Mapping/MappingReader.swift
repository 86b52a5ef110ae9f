import EvlogJSON

/// Reads the text of a mapping: `field=term+term,field=term`.
struct MappingReader {
  private let text: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  enum Term {
    case constant(String)
    case operand(EventMapping.Operand)
  }

  private func wrong(_ reason: String) -> EventMapping.Invalid {
    let before = String(decoding: bytes.prefix(position), as: UTF8.self).count
    return EventMapping.Invalid(description: "\(reason) at character \(before + 1)")
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() { while peek == 0x20 { position += 1 } }

  mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard peek == byte else { return false }
    position += 1
    return true
  }

  /// A field's name and the equals sign behind it.
  mutating func name() throws(EventMapping.Invalid) -> String {
    skipSpace()
    let start = position
    while let byte = peek, byte != UInt8(ascii: "="), byte != UInt8(ascii: ",") { position += 1 }
    guard peek == UInt8(ascii: "=") else {
      position = start
      throw wrong("a field is missing, as in stream=order.id,")
    }
    defer { position += 1 }
    return trimmed(start..<position)
  }

  /// Moves past a comma; false at the end.
  mutating func hasAnother() throws(EventMapping.Invalid) -> Bool {
    if skip(UInt8(ascii: ",")) { return true }
    guard peek == nil else { throw wrong("a comma or a '+' is missing") }
    return false
  }

  mutating func term() throws(EventMapping.Invalid) -> Term {
    skipSpace()
    if peek == UInt8(ascii: "\"") || peek == UInt8(ascii: "'") { return .constant(try quoted()) }
    let start = position
    if bytes[position...].starts(with: "json(".utf8) {
      position += 5
      let outer = try place()
      guard skip(UInt8(ascii: ")")) else { throw wrong("a ')' is missing") }
      let inner = try place(isInner: true)
      return .operand(
        EventMapping.Operand(
          text: trimmed(start..<position), path: outer.path, inner: inner.path))
    }
    if bytes[position...].starts(with: "raw(".utf8) {
      position += 4
      let outer = try place()
      guard skip(UInt8(ascii: ")")) else { throw wrong("a ')' is missing") }
      return .operand(
        EventMapping.Operand(text: trimmed(start..<position), path: outer.path, isRaw: true))
    }
    return .operand(try place())
  }

  /// A text in double quotes, as in JSON, or in single ones, in which every character means itself.
  private mutating func quoted() throws(EventMapping.Invalid) -> String {
    let start = position
    let quote = bytes[position]
    position += 1
    while let byte = peek, byte != quote {
      position += quote == UInt8(ascii: "\"") && byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard peek == quote else {
      position = start
      throw wrong("the text has no end")
    }
    position += 1
    if quote == UInt8(ascii: "'") {
      return String(decoding: bytes[(start + 1)..<(position - 1)], as: UTF8.self)
    }
    guard let text = JSONValue(validating: bytes[start..<position])?.stringValue else {
      position = start
      throw wrong("the quoted text is not valid in JSON")
    }
    return text
  }

  /// A path, up to what ends it. `$` is the whole record.
  private mutating func place(isInner: Bool = false) throws(EventMapping.Invalid)
    -> EventMapping.Operand
  {
    skipSpace()
    let start = position
    var isInBrackets = false
    while let byte = peek {
      if byte == UInt8(ascii: "\"") {
        _ = try quoted()
        continue
      }
      if byte == UInt8(ascii: "[") { isInBrackets = true }
      if byte == UInt8(ascii: "]") { isInBrackets = false }
      if !isInBrackets,
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ")")
      {
        break
      }
      position += 1
    }
    let written = trimmed(start..<position)
    if written.isEmpty, isInner { return EventMapping.Operand(text: "", path: StatePath()) }
    guard !written.isEmpty else { throw wrong("a path or a text in quotes is missing") }
    var rest = written[...]
    if rest.first == "$" { rest = rest.dropFirst() }
    if isInner || rest.count < written.count, rest.first == "." { rest = rest.dropFirst() }
    if rest.isEmpty { return EventMapping.Operand(text: written, path: StatePath()) }
    // A member may have the name of the whole state.
    if rest == "state" {
      return EventMapping.Operand(text: written, path: StatePath([.key("state")]))
    }
    do {
      return EventMapping.Operand(text: written, path: try StatePath(parsing: String(rest)))
    } catch {
      // The name of a column may have any characters.
      return EventMapping.Operand(text: written, path: StatePath([.key(written)]))
    }
  }

  private func trimmed(_ range: Range<Int>) -> String {
    var part = bytes[range]
    while part.first == 0x20 { part.removeFirst() }
    while part.last == 0x20 { part.removeLast() }
    return String(decoding: part, as: UTF8.self)
  }
}

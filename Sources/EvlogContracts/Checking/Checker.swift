import EvlogCore
import EvlogJSON

/// Where data breaks a contract, found while it is walked along.
struct Breach {
  enum Kind {
    /// A value is not what its rule says.
    case value
    /// A field is not there; its index in the record.
    case missing(Int)
    /// A closed record has another field.
    case unknown
    /// A field is there twice.
    case twice
  }

  /// Whether it is wanted: most data breaks nothing, and nothing is noted then.
  let isWanted: Bool
  var kind = Kind.value
  /// The node whose rule is broken, and where in the data the value begins.
  var node = -1
  var place = -1
  /// The way to the value, from inside outwards.
  var steps: [StatePath.Step] = []

  mutating func note(_ node: Int, at place: Int, _ kind: Kind = .value) -> Bool {
    if isWanted { (self.node, self.place, self.kind, steps) = (node, place, kind, []) }
    return false
  }

  mutating func passOn(_ step: @autoclosure () -> StatePath.Step) -> Bool {
    if isWanted { steps.append(step()) }
    return false
  }
}

// The walk: once along the bytes, by the tables.
extension CompiledContract {
  static func hash(_ name: Span<UInt8>) -> Int { slot(JSONScanner.hash(name, 0, name.count)) }

  @inline(__always) private static func slot(_ hash: UInt32) -> Int { Int(hash &>> 16) }

  /// Whether a whole text is what a node's rule says.
  func holds(_ node: Int, _ text: Span<UInt8>, _ breach: inout Breach) throws(JSONParser.Failure)
    -> Bool
  {
    var scanner = JSONScanner(text)
    scanner.skipSpace()
    guard try value(node, &scanner, &breach) else { return false }
    try scanner.finish()
    return true
  }

  private func value(_ number: Int, _ scanner: inout JSONScanner, _ breach: inout Breach)
    throws(JSONParser.Failure) -> Bool
  {
    let node = nodes[number]
    let place = scanner.i
    guard node.starts.contains(Self.start(scanner.peek)) else {
      return breach.note(number, at: place)
    }
    let isRight: Bool
    switch node.kind {
    case .any:
      try scanner.skipValue()
      return true
    case .null, .boolean:
      _ = try scanner.literal()
      return true
    case .record: return try record(number, node, &scanner, &breach)
    case .list: return try list(number, node, &scanner, &breach)
    case .union: return try union(number, node, &scanner, &breach)
    case .text: isRight = text(node, try scanner.string(), scanner.bytes)
    case .integer: isRight = integer(node, try scanner.number(), scanner.bytes)
    case .number:
      let number = try scanner.number()
      isRight = node.count == 0 || isWithin(bounds[node.first], scanner.bytes, number.token)
    case .decimal: isRight = decimal(node, try scanner.string(), scanner.bytes)
    case .choices: isRight = try choice(choices[node.first], &scanner)
    }
    return isRight || breach.note(number, at: place)
  }

  @inline(__always) private static func start(_ byte: UInt8?) -> Starts {
    switch byte {
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
    case UInt8(ascii: "n"): .null
    default: .number
    }
  }

  // MARK: Objects and arrays

  private func record(
    _ number: Int, _ node: Node, _ scanner: inout JSONScanner, _ breach: inout Breach
  ) throws(JSONParser.Failure) -> Bool {
    let start = scanner.i
    var seen = FieldSet(repeating: 0)
    try scanner.enter()
    var hasMember = try scanner.hasFirst(.object)
    while hasMember {
      let place = scanner.i
      let key = try scanner.key()
      let index = field(node, key, scanner.bytes)
      if index >= 0 {
        let bit: UInt64 = 1 &<< UInt64(index & 63)
        if seen[index >> 6] & bit != 0 {
          _ = breach.note(number, at: place, .twice)
          return breach.passOn(.key(scanner.text(of: key)))
        }
        seen[index >> 6] |= bit
        let inner = fields[records[node.first].fields &+ index].node
        guard try value(inner, &scanner, &breach) else {
          return breach.passOn(.key(scanner.text(of: key)))
        }
      } else {
        let others = records[node.first].others
        if others == -1 {
          try scanner.skipValue()
        } else if others == -2 {
          _ = breach.note(number, at: scanner.i, .unknown)
          return breach.passOn(.key(scanner.text(of: key)))
        } else if !(try value(others, &scanner, &breach)) {
          return breach.passOn(.key(scanner.text(of: key)))
        }
      }
      hasMember = try scanner.hasNext(.object)
    }
    let required = records[node.first].required
    for word in 0..<4 where required[word] & ~seen[word] != 0 {
      let index = 64 * word + (required[word] & ~seen[word]).trailingZeroBitCount
      return breach.note(number, at: start, .missing(index))
    }
    return true
  }

  /// The index of a record's field by its name as it is written; -1 for another name.
  @inline(__always)
  private func field(_ node: Node, _ key: JSONScanner.Quoted, _ bytes: Span<UInt8>) -> Int {
    if node.count == 0 { return -1 }
    if key.hasEscapes {
      let name = JSONScanner.unescaped(bytes.extracting(key.content))
      return field(node, name.span, Self.hash(name.span))
    }
    return field(
      node, bytes.extracting(key.content),
      Self.slot(JSONScanner.hash(bytes, key.start, key.end)))
  }

  @inline(__always)
  private func field(_ node: Node, _ name: Span<UInt8>, _ hash: Int) -> Int {
    let record = records[node.first]
    var slot = hash & (record.slotCount &- 1)
    while slots[record.slots &+ slot] != 0 {
      let index = Int(slots[record.slots &+ slot]) &- 1
      if isEqual(names.span.extracting(fields[record.fields &+ index].name), name) { return index }
      slot = (slot &+ 1) & (record.slotCount &- 1)
    }
    return -1
  }

  private func list(
    _ number: Int, _ node: Node, _ scanner: inout JSONScanner, _ breach: inout Breach
  ) throws(JSONParser.Failure) -> Bool {
    let start = scanner.i
    try scanner.enter()
    var count: Int64 = 0
    var hasItem = try scanner.hasFirst(.array)
    while hasItem {
      if count >= node.most { return breach.note(number, at: start) }
      guard try value(node.first, &scanner, &breach) else {
        return breach.passOn(.index(Int(count)))
      }
      count &+= 1
      hasItem = try scanner.hasNext(.array)
    }
    return count >= node.least || breach.note(number, at: start)
  }

  /// Tries the alternatives that can begin so. Of what breaks all of them, the breach that is farthest in the data
  /// says most.
  private func union(
    _ number: Int, _ node: Node, _ scanner: inout JSONScanner, _ breach: inout Breach
  ) throws(JSONParser.Failure) -> Bool {
    let (start, beginning) = (scanner.i, Self.start(scanner.peek))
    if !breach.isWanted { return try union(node, beginning, &scanner, &breach) }
    var farthest: Breach?
    for i in node.first..<(node.first &+ node.count) {
      let inner = alternatives[i]
      guard nodes[inner].starts.contains(beginning) else { continue }
      var trial = scanner
      var failed = Breach(isWanted: true)
      if try value(inner, &trial, &failed) {
        scanner = trial
        return true
      }
      if !failed.steps.isEmpty, failed.place > farthest?.place ?? start {
        farthest = failed
      }
    }
    if let farthest {
      breach = farthest
      return false
    }
    return breach.note(number, at: start)
  }

  /// The same where nothing is noted.
  private func union(
    _ node: Node, _ beginning: Starts, _ scanner: inout JSONScanner, _ breach: inout Breach
  ) throws(JSONParser.Failure) -> Bool {
    for i in node.first..<(node.first &+ node.count) {
      let inner = alternatives[i]
      guard nodes[inner].starts.contains(beginning) else { continue }
      var trial = scanner
      if try value(inner, &trial, &breach) {
        scanner = trial
        return true
      }
    }
    return false
  }

  // MARK: Single values

  private func text(_ node: Node, _ text: JSONScanner.Quoted, _ bytes: Span<UInt8>) -> Bool {
    if node.count == 0 { return true }
    if text.hasEscapes {
      return isRight(node, JSONScanner.unescaped(bytes.extracting(text.content)).span)
    }
    return isRight(node, bytes.extracting(text.content))
  }

  private func isRight(_ node: Node, _ text: Span<UInt8>) -> Bool {
    if texts[node.first].hasLength {
      var count: Int64 = 0
      // What continues a character is none.
      for i in text.indices where text[i] & 0xC0 != 0x80 { count &+= 1 }
      guard count >= node.least, count <= node.most else { return false }
    }
    let pattern = texts[node.first].pattern
    return pattern < 0 || patterns.matches(pattern, text)
  }

  private func integer(_ node: Node, _ number: JSONScanner.Number, _ bytes: Span<UInt8>) -> Bool {
    if number.isWhole {
      if node.count == 0 { return true }
      if number.digits <= 18 {
        var value: Int64 = 0
        let token = number.token
        for i in (token.upperBound &- number.digits)..<token.upperBound {
          value = value &* 10 &+ Int64(bytes[i] &- 0x30)
        }
        if bytes[token.lowerBound] == UInt8(ascii: "-") { value = -value }
        return value >= node.least && value <= node.most
      }
    }
    let value = ExactNumber(bytes.extracting(number.token))
    return value.isWhole && (node.count == 0 || isWithin(bounds[node.first], value))
  }

  private func isWithin(_ bounds: Bounds, _ bytes: Span<UInt8>, _ token: Range<Int>) -> Bool {
    isWithin(bounds, ExactNumber(bytes.extracting(token)))
  }

  private func isWithin(_ bounds: Bounds, _ value: ExactNumber) -> Bool {
    if let from = bounds.from, value < from { return false }
    if let to = bounds.to, to < value { return false }
    return true
  }

  private func decimal(_ node: Node, _ text: JSONScanner.Quoted, _ bytes: Span<UInt8>) -> Bool {
    if text.hasEscapes {
      return isDecimal(node, JSONScanner.unescaped(bytes.extracting(text.content)).span)
    }
    return isDecimal(node, bytes.extracting(text.content))
  }

  /// Whether a text is a number as JSON writes it, without an exponent.
  private func isDecimal(_ node: Node, _ text: Span<UInt8>) -> Bool {
    var scanner = JSONScanner(text)
    // That it is no number is the answer.
    guard let number = try? scanner.number(), scanner.i == text.count else { return false }
    var places = 0
    if !number.isWhole {
      guard let point = text.indices.first(where: { text[$0] == UInt8(ascii: ".") }),
        !text.indices.contains(where: { text[$0] | 0x20 == UInt8(ascii: "e") })
      else { return false }
      places = text.count - point - 1
    }
    if node.count == 0 { return true }
    if let most = bounds[node.first].places, places > most { return false }
    return isWithin(bounds[node.first], text, number.token)
  }

  private func choice(_ choices: Choices, _ scanner: inout JSONScanner)
    throws(JSONParser.Failure) -> Bool
  {
    if scanner.peek == UInt8(ascii: "\"") {
      let text = try scanner.string()
      if text.hasEscapes {
        let name = JSONScanner.unescaped(scanner.bytes.extracting(text.content))
        return isChoice(choices, name.span)
      }
      return isChoice(choices, scanner.bytes.extracting(text.content))
    }
    let start = scanner.i
    try scanner.skipValue()
    let value = try JSONParser.parse(scanner.bytes.extracting(start..<scanner.i))
    return choiceValues[choices.values].contains(value)
  }

  private func isChoice(_ choices: Choices, _ text: Span<UInt8>) -> Bool {
    for i in choices.texts where isEqual(names.span.extracting(choiceTexts[i]), text) {
      return true
    }
    return false
  }
}

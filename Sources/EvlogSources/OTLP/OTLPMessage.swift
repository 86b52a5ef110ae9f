import EvlogJSON

/// What of a line is not OTLP.
struct OTLPError: Error { let problem: SourceError.Problem }

/// A message of OTLP as JSON, of which member after member is taken.
struct OTLPMessage {
  let path: String
  private let members: JSONObject
  private var taken: [String] = []

  init(_ value: JSONValue, at path: String) throws(OTLPError) {
    guard case .object(let object) = value else {
      throw Self.wrong("it must be an object.", at: path)
    }
    self.path = path
    members = object
  }

  func wrong(_ message: String) -> OTLPError { Self.wrong(message, at: path) }

  private static func wrong(_ message: String, at path: String) -> OTLPError {
    OTLPError(problem: .malformed(path.isEmpty ? message : "\(path): \(message)"))
  }

  func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// The members that were not taken.
  var others: [(String, JSONValue)] {
    members.members.compactMap { taken.contains($0.key) ? nil : ($0.key, $0.value) }
  }

  /// An object of these members, and of those that were not taken.
  func object(with own: [(String, JSONValue)]) throws(OTLPError) -> JSONValue {
    for (name, _) in own where members[name] != nil && !taken.contains(name) {
      throw wrong("'\(name)' is not one of its fields, and the event has one of that name.")
    }
    return .object(own + others)
  }

  /// A member, by its name in JSON or by the one in the protocol's definition, as some exporters write it:
  /// `scopeSpans` or `scope_spans`. Null is as good as absent.
  mutating func take(_ name: String) throws(OTLPError) -> JSONValue? {
    let underscored = Self.underscored(name)
    var found = members[name]
    taken.append(name)
    if underscored != name, let other = members[underscored] {
      guard found == nil else { throw wrong("'\(name)' is there in two spellings.") }
      found = other
      taken.append(underscored)
    }
    return found == .null ? nil : found
  }

  private static func underscored(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1.lowercased())" : String($1) }
  }

  mutating func takeList(_ name: String) throws(OTLPError) -> [JSONValue] {
    guard let value = try take(name) else { return [] }
    guard let list = value.arrayValue else { throw wrong("'\(name)' must be an array.") }
    return list
  }

  /// A text; nil if it is absent or empty, which is the same in OTLP.
  mutating func takeText(_ name: String) throws(OTLPError) -> String? {
    guard let value = try take(name) else { return nil }
    guard let text = value.stringValue else { throw wrong("'\(name)' must be a text.") }
    return text.isEmpty ? nil : text
  }

  /// A whole number, which may be in a text; nil if it is absent or 0, which is the same in OTLP.
  mutating func takeNumber(_ name: String) throws(OTLPError) -> UInt64? {
    guard let value = try take(name) else { return nil }
    guard let number = value.integer(UInt64.self) ?? value.stringValue.flatMap({ UInt64($0) })
    else {
      throw wrong("'\(name)' must be a whole number.")
    }
    return number == 0 ? nil : number
  }

  /// A case of an enumeration, by its number or by its name in the protocol's definition.
  mutating func takeCase(_ name: String, _ cases: [String], prefix: String) throws(OTLPError)
    -> String
  {
    guard let value = try take(name) else { return cases[0] }
    if let number = value.integer(Int.self), cases.indices.contains(number) { return cases[number] }
    if let text = value.stringValue, text.hasPrefix(prefix) {
      let text = text.dropFirst(prefix.count).lowercased()
      if cases.contains(text) { return text }
    }
    throw wrong("'\(name)' must be a number from 0 to \(cases.count - 1).")
  }

  /// An id of so many bytes in hexadecimal digits; nil if it is absent, empty or all zeros.
  mutating func takeID(_ name: String, bytes: Int) throws(OTLPError) -> String? {
    guard let text = try takeText(name) else { return nil }
    let digits = text.lowercased()
    guard digits.utf8.count == 2 * bytes,
      digits.unicodeScalars.allSatisfy(\.properties.isASCIIHexDigit)
    else {
      throw wrong("'\(name)' must be \(2 * bytes) hexadecimal digits; it is '\(text.prefix(80))'.")
    }
    return digits.utf8.allSatisfy { $0 == UInt8(ascii: "0") } ? nil : digits
  }

  // MARK: Attributes

  /// The attributes as an object of plain values.
  mutating func takeAttributes(_ name: String = "attributes") throws(OTLPError) -> JSONValue {
    try Self.object(try takeList(name), at: path(of: name))
  }

  /// A message with its attributes as plain values, all else as it is, and what stands beside it.
  static func plain(
    _ value: JSONValue?, at path: String, beside others: [(String, JSONValue)]
  ) throws(OTLPError) -> JSONValue {
    var message = try OTLPMessage(value ?? .object([]), at: path)
    let attributes = try message.takeAttributes()
    return try message.object(with: [("attributes", attributes)] + others)
  }

  private static func object(_ list: [JSONValue], at path: String) throws(OTLPError) -> JSONValue {
    var members: [(String, JSONValue)] = []
    var seen: Set<[UInt8]> = []
    for (i, item) in list.enumerated() {
      var pair = try OTLPMessage(item, at: "\(path)[\(i)]")
      let key = try pair.takeText("key") ?? ""
      guard seen.insert(Array(key.utf8)).inserted else {
        throw pair.wrong("the key '\(key)' appears twice.")
      }
      members.append((key, try value(try pair.take("value"), at: pair.path(of: "value"))))
    }
    return .object(members)
  }

  /// A value without what says of which kind it is.
  private static func value(_ value: JSONValue?, at path: String) throws(OTLPError) -> JSONValue {
    guard let value else { return .null }
    let message = try OTLPMessage(value, at: path)
    guard let (kind, value) = message.others.first else { return .null }
    guard message.others.count == 1 else { throw message.wrong("it has more than one value.") }
    switch (kind.filter { $0 != "_" }.lowercased(), value) {
    case ("stringvalue", .string), ("bytesvalue", .string), ("boolvalue", .bool): return value
    case ("intvalue", .number) where value.integer(Int64.self) != nil: return value
    case ("intvalue", .string(let text)):
      if let number = Int64(text) { return .int(number) }
    case ("doublevalue", .number): return value
    case ("doublevalue", .string(let text)):
      // JSON has no number for infinities and what is no number: they stay texts.
      if ["NaN", "Infinity", "-Infinity"].contains(text) { return value }
      if case .number(let number)? = JSONValue(validating: text) { return .number(number) }
    case ("arrayvalue", _):
      var array = try OTLPMessage(value, at: message.path(of: kind))
      var values: [JSONValue] = []
      for (i, item) in try array.takeList("values").enumerated() {
        values.append(try self.value(item, at: "\(array.path(of: "values"))[\(i)]"))
      }
      return .array(values)
    case ("kvlistvalue", _):
      var list = try OTLPMessage(value, at: message.path(of: kind))
      return try object(try list.takeList("values"), at: list.path(of: "values"))
    default: break
    }
    throw message.wrong("'\(kind)' is not a value of OTLP.")
  }
}

public import EvlogCore
import EvlogJSON

extension Contract {
  /// The reason why an event breaks the contract; nil if it satisfies it.
  public func refusal(of event: NewEvent) -> Refusal? {
    refusal(
      ofType: event.type.utf8Span.span, schemaVersion: event.schemaVersion,
      isJSON: event.hasJSON, contentType: event.contentType, data: event.data.span)
  }

  /// The same of an event that is seen in place.
  public func refusal(of event: EventView) -> Refusal? {
    let isPlain = event.contentTypeNumber == nil
    let contentType = isPlain ? RecordedEvent.jsonContentType : event.contentType
    return refusal(
      ofType: event.type, schemaVersion: event.schemaVersion,
      isJSON: isPlain || NewEvent.isJSON(contentType), contentType: contentType, data: event.data)
  }

  private func refusal(
    ofType type: Span<UInt8>, schemaVersion: UInt32, isJSON: Bool, contentType: String,
    data: Span<UInt8>
  ) -> Refusal? {
    guard let node = node(ofType: type, schemaVersion) else {
      return isClosed ? unnamed(type, schemaVersion) : nil
    }
    guard isJSON else {
      return Refusal(
        type: Self.name(type), path: "contentType",
        value: JSONValue.string(contentType).canonicalText,
        rule: JSONValue.string(RecordedEvent.jsonContentType).canonicalText)
    }
    // An event without data has no fields.
    if data.isEmpty { return broken(node, type, Self.noFields.span) }
    var breach = Breach(isWanted: false)
    // Data that is no JSON breaks it too; what is wrong is found in a second look, which few events need.
    if (try? compiled.holds(node, data, &breach)) == true { return nil }
    return broken(node, type, data)
  }

  private static let noFields: [UInt8] = Array("{}".utf8)

  private static func name(_ type: Span<UInt8>) -> String {
    String(decoding: type.copied(), as: UTF8.self)
  }

  /// What holds for a type at a version: the rule from the highest version that is not above it.
  private func node(ofType type: Span<UInt8>, _ schemaVersion: UInt32) -> Int? {
    guard let number = compiled.types.number(of: type, hash: hash64(type)) else { return nil }
    for i in compiled.versionsOfType[number].reversed()
    where compiled.versions[i].since <= schemaVersion { return compiled.versions[i].node }
    return nil
  }

  private func unnamed(_ type: Span<UInt8>, _ schemaVersion: UInt32) -> Refusal? {
    let name = Self.name(type)
    // What evlog itself puts into a log is no concern of a contract.
    if Turn.isOwn(name) { return nil }
    if let number = compiled.types.number(of: name) {
      let first = compiled.versions[compiled.versionsOfType[number].lowerBound]
      return Refusal(
        type: name, path: "schemaVersion", value: "\(schemaVersion)",
        rule: "an integer from \(first.since) on")
    }
    let some = events.map(\.type).reduce(into: [String]()) { names, type in
      if names.last != type { names.append(type) }
    }
    let shown = some.prefix(12).joined(separator: ", ") + (some.count > 12 ? ", …" : "")
    return Refusal(
      type: name, path: "type", value: JSONValue.string(name).canonicalText,
      rule: some.isEmpty ? "absent: the contract names no type" : "one of \(shown)")
  }

  private func broken(_ node: Int, _ type: Span<UInt8>, _ data: Span<UInt8>) -> Refusal? {
    var breach = Breach(isWanted: true)
    do throws(JSONParser.Failure) {
      if try compiled.holds(node, data, &breach) { return nil }
    } catch {
      return Refusal(
        type: Self.name(type), path: "data", value: Self.shown(data),
        rule: "JSON (\(error))")
    }
    let path = StatePath([.key("data")] + breach.steps.reversed())
    var (rule, shownPath) = (compiled.rules[breach.node].words, path)
    var value = Self.value(in: data, at: breach.place)
    switch breach.kind {
    case .value: break
    case .missing(let index):
      let record = compiled.records[compiled.nodes[breach.node].first]
      let field = compiled.fields[record.fields + index]
      shownPath = path.appending(.key(String(decoding: compiled.names[field.name], as: UTF8.self)))
      rule = compiled.rules[field.node].words
      value = nil
    case .unknown: rule = "absent: it is not one of the record's fields"
    case .twice: (rule, value) = ("there once", "there twice")
    }
    return Refusal(
      type: Self.name(type), path: "\(shownPath)", value: value, rule: rule.cut(to: 400))
  }

  /// The value that begins somewhere in a text.
  private static func value(in data: Span<UInt8>, at place: Int) -> String? {
    let rest = data.extracting(place..<data.count)
    var scanner = JSONScanner(rest)
    // If it does not end, it is shown as far as it goes.
    guard (try? scanner.skipValue()) != nil else { return shown(rest) }
    return shown(rest.extracting(0..<scanner.i))
  }

  private static func shown(_ bytes: Span<UInt8>) -> String {
    String(decoding: bytes.extracting(first: 400).copied(), as: UTF8.self).cut(to: 100)
  }
}

extension NewEvent {
  var hasJSON: Bool {
    // Most have the one that is there by default.
    contentType == RecordedEvent.jsonContentType || Self.isJSON(contentType)
  }

  package static func isJSON(_ contentType: String) -> Bool {
    contentType == RecordedEvent.jsonContentType || contentType.hasSuffix("+json")
  }
}

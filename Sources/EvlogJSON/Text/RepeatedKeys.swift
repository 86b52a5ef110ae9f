/// Whether an object of a JSON text has a key twice, in any spelling.
///
/// Everything that reads such a text takes the last of the values; it is mostly a mistake all the same.
package struct RepeatedKeys: JSONSink {
  static let notesLargeNumbers = false
  private static let capacity = 128

  /// Of the objects that are open: the keys' hashes, and before them where the outer one's begin.
  private var stack = InlineArray<128, UInt32>(repeating: 0)
  private var top = 0
  private var start = 0
  /// Whether it must be looked at more closely: hashes are the same, or there are escapes, or too many.
  private(set) var mayRepeat = false

  package init() {}

  mutating func begin(_ container: JSONScanner.Container) {
    guard push(UInt32(truncatingIfNeeded: start)) else { return }
    start = top
  }

  mutating func end() {
    if mayRepeat { return }
    top = start - 1
    start = Int(stack[top])
  }

  mutating func key(_ key: JSONScanner.Quoted, _ hash: UInt32) {
    if mayRepeat { return }
    for i in start..<top where stack[i] == hash { mayRepeat = true }
    if key.hasEscapes { mayRepeat = true }
    _ = push(hash)
  }

  private mutating func push(_ value: UInt32) -> Bool {
    guard !mayRepeat, top < Self.capacity else {
      mayRepeat = true
      return false
    }
    stack[top] = value
    top += 1
    return true
  }

  mutating func string(_ string: JSONScanner.Quoted) {}
  mutating func number(_ token: Range<Int>, isWhole: Bool) {}
  mutating func shortNumber(_ token: Range<Int>, _ number: UInt32) {}
  mutating func literal(_ literal: JSONScanner.Literal) {}

  /// The text for readers that would not take the last of several values: with each key once if one comes
  /// twice, otherwise unchanged. Throws if the bytes are not JSON.
  package static func resolved(_ bytes: ArraySlice<UInt8>) throws(JSONParser.Failure) -> String {
    try changed(bytes.span) ?? String(decoding: bytes, as: UTF8.self)
  }

  /// The same, or nil for a text that is unchanged.
  package static func changed(_ bytes: Span<UInt8>) throws(JSONParser.Failure) -> String? {
    var scanner = JSONScanner(bytes)
    var quick = RepeatedKeys()
    try scanner.whole(into: &quick)
    guard quick.mayRepeat, first(in: bytes) != nil else { return nil }
    return try JSONParser.parse(bytes).canonicalText
  }

  /// A key that an object of the text has twice, and where it is for the second time, or nil; nil too
  /// where the bytes are no JSON.
  package static func first(in bytes: Span<UInt8>) -> (key: String, byte: Int)? {
    var scanner = JSONScanner(bytes)
    var quick = RepeatedKeys()
    // Data that is not JSON has no keys; reading it reports that.
    guard (try? scanner.whole(into: &quick)) != nil, quick.mayRepeat else { return nil }
    var all = AllKeys()
    var again = JSONScanner(bytes)
    // It was JSON a moment ago.
    guard (try? again.whole(into: &all)) != nil else { return nil }
    return all.firstRepeated(again)
  }
}

/// All keys of a text, each with its object.
private struct AllKeys: JSONSink {
  static let notesLargeNumbers = false

  private var keys: [(object: Int, hash: UInt32, key: JSONScanner.Quoted)] = []
  private var open: [Int] = []
  private var count = 0

  mutating func begin(_ container: JSONScanner.Container) {
    open.append(count)
    count += 1
  }

  mutating func end() { open.removeLast() }

  mutating func key(_ key: JSONScanner.Quoted, _ hash: UInt32) {
    keys.append((open[open.count - 1], hash, key))
  }

  mutating func string(_ string: JSONScanner.Quoted) {}
  mutating func number(_ token: Range<Int>, isWhole: Bool) {}
  mutating func shortNumber(_ token: Range<Int>, _ number: UInt32) {}
  mutating func literal(_ literal: JSONScanner.Literal) {}

  func firstRepeated(_ scanner: borrowing JSONScanner) -> (key: String, byte: Int)? {
    var keys = keys
    for i in keys.indices where keys[i].key.hasEscapes {
      let text = JSONScanner.unescaped(scanner.bytes.extracting(keys[i].key.content))
      keys[i].hash = JSONScanner.hash(text.span, 0, text.count)
    }
    keys.sort { ($0.object, $0.hash, $0.key.start) < ($1.object, $1.hash, $1.key.start) }
    var found: JSONScanner.Quoted?
    var first = 0
    for i in keys.indices {
      if keys[i].object != keys[first].object || keys[i].hash != keys[first].hash { first = i }
      for other in first..<i {
        let (a, b) = (keys[other].key, keys[i].key)
        let isSame = scanner.text(of: a).utf8.elementsEqual(scanner.text(of: b).utf8)
        if isSame, b.start < found?.start ?? .max { found = b }
      }
    }
    return found.map { (scanner.text(of: $0), $0.start - 1) }
  }
}

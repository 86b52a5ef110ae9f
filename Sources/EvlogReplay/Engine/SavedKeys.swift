import EvlogCore
import EvlogJSON

/// What an execution saved of a machine with a state per key, `[[key, …], …]`, taken apart by keys
/// without reading a state.
///
/// Where a few events came since a ledger was made, only the keys of those are restored and saved
/// again: reading and writing the states of all would cost more than to judge the whole log.
struct SavedKeys {
  /// The states of the keys that were asked for.
  private(set) var taken: [UInt8]
  /// Those of all others.
  private(set) var others: [UInt8]
  /// How many others there are.
  private(set) var otherCount = 0

  /// Nil where the text is no such list.
  init?(_ saved: [UInt8], taking keys: Set<Name>) {
    taken = [UInt8(ascii: "[")]
    others = taken
    others.reserveCapacity(saved.count)
    var scanner = ListScanner(saved.span)
    guard scanner.enter() else { return nil }
    while let part = scanner.nextElement() {
      guard let key = Self.key(of: saved[part]) else { return nil }
      if keys.contains(key) {
        Self.add(saved[part], to: &taken)
      } else {
        otherCount += 1
        Self.add(saved[part], to: &others)
      }
    }
    guard scanner.isAtEnd else { return nil }
    taken.append(UInt8(ascii: "]"))
    others.append(UInt8(ascii: "]"))
  }

  /// The list of several lists, and of one beside them; nil where one could not be saved.
  static func joined(_ lists: [[UInt8]?], beside other: [UInt8]?) -> [UInt8]? {
    var joined = [UInt8(ascii: "[")]
    for list in lists + (other.map { [$0] } ?? []) {
      guard let list, list.count >= 2 else { return nil }
      let content = list.dropFirst().dropLast()
      if !content.isEmpty { add(content, to: &joined) }
    }
    joined.append(UInt8(ascii: "]"))
    return joined
  }

  private static func add(_ content: ArraySlice<UInt8>, to list: inout [UInt8]) {
    if list.count > 1 { list.append(UInt8(ascii: ",")) }
    list += content
  }

  /// The first member of an element: a text.
  private static func key(of element: ArraySlice<UInt8>) -> Name? {
    let quote = UInt8(ascii: "\"")
    let start = element.startIndex + 1
    guard element.count > 2, element[start] == quote else { return nil }
    var end = start + 1
    var isPlain = true
    while end < element.endIndex, element[end] != quote {
      if element[end] == UInt8(ascii: "\\") {
        isPlain = false
        end += 1
      }
      end += 1
    }
    guard end < element.endIndex else { return nil }
    if isPlain { return String(validating: element[start + 1..<end], as: UTF8.self).map(Name.init) }
    return JSONValue(validating: element[start...end])?.stringValue.map(Name.init)
  }
}

/// Finds where the elements of a list begin and end, in a text that is known to be JSON.
private struct ListScanner: ~Escapable {
  private let text: Span<UInt8>
  private var position = 0
  private(set) var isAtEnd = false

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) { self.text = text }

  mutating func enter() -> Bool {
    guard text.count >= 2, text[0] == UInt8(ascii: "[") else { return false }
    position = 1
    return true
  }

  /// The next element; nil after the last one, or where the text ends before the list does.
  mutating func nextElement() -> Range<Int>? {
    while position < text.count, text[position] <= 0x20 || text[position] == UInt8(ascii: ",") {
      position += 1
    }
    let start = position
    var depth = 0
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 {
          isAtEnd = position == text.count - 1
          return nil
        }
        depth -= 1
        if depth == 0 {
          position += 1
          return start..<position
        }
      case UInt8(ascii: "\""):
        position += 1
        while position < text.count, text[position] != UInt8(ascii: "\"") {
          position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
      default: break
      }
      position += 1
    }
    return nil
  }
}

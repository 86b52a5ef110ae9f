import EvlogCore
import EvlogJSON

/// What an event wrote at a path.
///
/// As a line of an index: the path, the event's offset and the new value, with tabs between them; the value is
/// empty if it was removed.
struct WriteRecord {
  let key: PlaceKey
  let offset: Offset
  let value: JSONValue?

  /// Reads a line without its end; nil where it is none.
  init?(_ line: ArraySlice<UInt8>) {
    let tab = UInt8(ascii: "\t")
    guard let first = line.firstIndex(of: tab),
      let second = line[(first + 1)...].firstIndex(of: tab),
      let offset = Offset(String(decoding: line[(first + 1)..<second], as: UTF8.self))
    else { return nil }
    key = PlaceKey(bytes: Array(line[..<first]))
    self.offset = offset
    let text = line[(second + 1)...]
    guard !text.isEmpty else {
      value = nil
      return
    }
    guard let value = JSONValue(validating: text) else { return nil }
    self.value = value
  }
}

/// A path as an index has it: the canonical JSON of the state's key and the steps, without brackets.
///
/// In the order of the bytes, a path is followed by the paths below it, and by nothing else.
struct PlaceKey {
  let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// Steps by a member's value are none: elements have numbers here.
  init(_ steps: ArraySlice<StatePath.Step>, of key: String?) {
    let parts = steps.map { step -> JSONValue in
      switch step {
      case .key(let name): .string(name)
      case .index(let index): .int(index)
      case .element: .null
      }
    }
    bytes = JSONValue.array([.string(key ?? "")] + parts).canonicalBytes.dropFirst().dropLast()
      .map { $0 }
  }

  /// The steps; nil if this is not a path.
  var steps: [StatePath.Step]? {
    let parts = JSONValue(validating: ([UInt8(ascii: "[")] + bytes + [UInt8(ascii: "]")])[...])
    return (parts?.arrayValue?.dropFirst()).flatMap { StatePath(json: $0)?.steps }
  }

  /// The path alone.
  var range: Range<PlaceKeyBound> {
    PlaceKeyBound(bytes)..<PlaceKeyBound(bytes + [UInt8(ascii: ",")])
  }

  /// The path and everything below it.
  var subtree: Range<PlaceKeyBound> {
    PlaceKeyBound(bytes)..<PlaceKeyBound(bytes + [UInt8(ascii: ",") + 1])
  }
}

/// A point in the order of the paths' keys.
struct PlaceKeyBound: Comparable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  static func < (a: Self, b: Self) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

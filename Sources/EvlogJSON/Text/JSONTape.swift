/// Writes down where a text's values lie.
struct JSONTape: JSONSink {
  typealias Slot = JSONText.Slot
  static let notesLargeNumbers = false

  var slots: Scratch<Slot>
  private(set) var hasEscapedKeys = false
  private var open = JSONText.nowhere

  init(_ slots: Scratch<Slot>) {
    self.slots = slots
    self.slots.removeAll()
    self.slots.append(Slot(start: 0, extent: 0, kind: .null))
  }

  // As long as an object is open, it has a bit for each hash that was met in it instead of its extent:
  // where they all differ, no key comes twice.
  @inline(__always) mutating func begin(_ container: JSONScanner.Container) {
    let place = slots.count
    slots.append(
      Slot(start: open, extent: 0, kind: container == .object ? .checkedObject : .array))
    open = place
  }

  @inline(__always) mutating func end() {
    var slot = slots[open]
    slot.extent = slots.count
    slots[open] = slot
    open = slot.start
  }

  @inline(__always) mutating func key(_ key: JSONScanner.Quoted, _ hash: UInt32) {
    var object = slots[open]
    let bit = 1 &<< Int(hash &>> 26)
    if object.extent & bit != 0 || key.hasEscapes { object.kind = .object }
    object.extent |= bit
    slots[open] = object
    if key.hasEscapes { hasEscapedKeys = true }
    slots.append(
      Slot(
        start: key.start, extent: key.end &- key.start, hint: hash,
        kind: key.hasEscapes ? .escapedKey : .key))
  }

  @inline(__always) mutating func string(_ string: JSONScanner.Quoted) {
    slots.append(
      Slot(
        start: string.start, extent: string.end &- string.start,
        kind: string.hasEscapes ? .escapedString : .string))
  }

  @inline(__always) mutating func number(_ token: Range<Int>, isWhole: Bool) {
    slots.append(
      Slot(start: token.lowerBound, extent: token.count, kind: isWhole ? .whole : .number))
  }

  @inline(__always) mutating func shortNumber(_ token: Range<Int>, _ number: UInt32) {
    slots.append(
      Slot(start: token.lowerBound, extent: token.count, hint: number &+ 1, kind: .whole))
  }

  mutating func literal(_ literal: JSONScanner.Literal) {
    let kind: JSONText.Kind =
      switch literal {
      case .null: .null
      case .yes: .yes
      case .no: .no
      }
    slots.append(Slot(start: 0, extent: 0, kind: kind))
  }
}

/// A member's name in a path.
struct MemberKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

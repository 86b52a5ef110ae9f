import EvlogCore

/// A JSON text, and where the values in it lie: found in one pass, without making anything of them.
///
/// Its memory is used again for the next text; one is used by one reader at a time.
@safe final class JSONText: @unchecked Sendable {
  /// The kind of value at a place of the text.
  enum Kind: UInt8, BitwiseCopyable {
    case null, yes, no
    /// A number without point and exponent, and any other one.
    case whole, number
    case string, escapedString
    /// An array; an object in which a key may come twice, one that was checked for that, and one
    /// that is read as a list.
    case array, object, checkedObject, list
    /// A key, which lies before its value. The memory beside the text has keys that are not written
    /// in it as they are.
    case key, escapedKey, keyBeside
    /// A key that comes again in the same object: the last one counts.
    case oldKey
  }

  /// A value or a key; those in an array or object follow on it.
  struct Slot: BitwiseCopyable {
    /// The first byte of a number, or of a text's content; of a container, its own container's place.
    var start: Int
    /// How many bytes they are; of a container, the place after all that is in it.
    var extent: Int
    /// Of an object: how far from its place a key is looked for first. Of a key: a hash of it. Of a whole
    /// number: one more than it, where that is known from reading it.
    var hint: UInt32 = 0
    var kind: Kind

    var isContainer: Bool {
      switch kind {
      case .array, .object, .checkedObject, .list: true
      default: false
      }
    }
  }

  private(set) var slots = Scratch<Slot>(capacity: 128)
  /// Keys that are not in the text as they are.
  private(set) var beside = Scratch<UInt8>(capacity: 64)
  /// The borrowed bytes, valid while the reading goes on.
  private(set) var bytes = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
  /// The place of the whole text's value.
  private(set) var root = 0
  /// A copy of the text's bytes, if it is kept after the reading.
  private var copy: UnsafeMutableBufferPointer<UInt8>?
  /// How types are decoded that are not known beforehand.
  let types = TypeTable<DecodedKind>()

  /// No container.
  static let nowhere = -1
  /// The place of a null that is always there.
  static let null = 0

  private init() {}

  deinit {
    slots.free()
    beside.free()
    unsafe copy?.deallocate()
  }

  // MARK: Reading

  private static let spares = Spares<JSONText>()
  /// More memory than this is given back.
  private static let slotLimit = 1 << 18

  /// Lends a text of these bytes, which must be scanned first.
  @inline(__always)
  static func reading<R, E: Error>(_ bytes: Span<UInt8>, _ body: (JSONText) throws(E) -> R)
    throws(E) -> R
  {
    var text = spares.take() ?? JSONText()
    // The bytes are the caller's for as long as this goes on.
    unsafe text.bytes = bytes.withUnsafeBufferPointer { unsafe $0 }
    defer { finish(&text) }
    return try body(text)
  }

  private static func finish(_ text: inout JSONText) {
    guard isKnownUniquelyReferenced(&text) else {
      // Somebody keeps a decoder of it.
      let copy = unsafe UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.bytes.count)
      _ = unsafe copy.initialize(fromContentsOf: text.bytes)
      unsafe text.copy = copy
      unsafe text.bytes = UnsafeBufferPointer(copy)
      return
    }
    unsafe text.bytes = UnsafeBufferPointer(start: nil, count: 0)
    guard text.slots.capacity <= slotLimit else { return }
    spares.put(text)
  }

  /// Finds what the text has.
  func scan(depthLimit: Int = JSONParser.depthLimit) throws(JSONParser.Failure) {
    var names = beside
    names.removeAll()
    beside = names
    try scan(JSONTape(slots), depthLimit: depthLimit)
  }

  /// Finds what the text has as the only member, of this name, of an object; an empty text is an empty
  /// object.
  func scan(under name: String) throws(JSONParser.Failure) {
    var tape = JSONTape(slots)
    var names = beside
    names.removeAll()
    names.append(name.utf8Span.span)
    beside = names
    tape.begin(.object)
    tape.slots.append(Slot(start: 0, extent: names.count, kind: .keyBeside))
    if unsafe bytes.isEmpty {
      tape.begin(.object)
      tape.end()
      slots = tape.slots
    } else {
      try scan(tape)
    }
    root = 1
    slots[root].extent = slots.count
  }

  private func scan(_ tape: JSONTape, depthLimit: Int = JSONParser.depthLimit)
    throws(JSONParser.Failure)
  {
    var tape = tape
    defer { slots = tape.slots }
    root = tape.slots.count
    let bytes = unsafe bytes
    var scanner = unsafe JSONScanner(bytes.span, depthLimit: depthLimit)
    try scanner.whole(into: &tape)
    if tape.hasEscapedKeys { putEscapedKeysBeside(tape.slots) }
  }

  private func putEscapedKeysBeside(_ slots: Scratch<Slot>) {
    var names = beside
    for place in 0..<slots.count where slots[place].kind == .escapedKey {
      let slot = slots[place]
      let name = unescaped(slot)
      slots[place] = Slot(
        start: names.count, extent: name.count,
        hint: JSONScanner.hash(name.span, 0, name.count), kind: .keyBeside)
      names.append(name.span)
    }
    beside = names
  }

  // MARK: Places

  /// The place after a value and all that is in it.
  @inline(__always) func after(_ place: Int) -> Int {
    let slot = slots[place]
    return slot.isContainer ? slot.extent : place + 1
  }

  /// The places of a container's keys and values, as they are written.
  func children(of place: Int) -> [Int] {
    var children: [Int] = []
    var child = place + 1
    while child < slots[place].extent {
      children.append(child)
      child = after(child)
    }
    return children
  }

  func path(ofContainer place: Int) -> [any CodingKey] {
    path(of: place, in: slots[place].start)
  }

  /// The names of the objects' members on the way to a value.
  func path(of place: Int, in container: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var (place, container) = (place, container)
    while container != Self.nowhere {
      let kind = slots[container].kind
      if kind == .object || kind == .checkedObject, place != Self.null {
        path.append(MemberKey(key(at: place - 1)))
      }
      place = container
      container = slots[container].start
    }
    return path.reversed()
  }
}

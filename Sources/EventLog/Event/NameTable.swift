/// Names that occur again and again, numbered in the order in which they first came.
///
/// Two names are the same exactly when their bytes are. The bytes lie one after the other in one
/// array, found by a hash table with open addressing, so that a million names cost no million
/// allocations.
struct NameTable: Sendable {
  private struct Entry: Sendable {
    var start: UInt32
    var count: UInt32
    var hash: UInt64
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// A power of two of slots, at most half of them taken: 0, or a name's number plus one.
  private var slots: [UInt32] = [UInt32](repeating: 0, count: 16)

  var count: Int { entries.count }

  /// What all the names take, in bytes.
  var byteCount: Int { bytes.count }

  /// The bytes of a name.
  subscript(number: Int) -> Span<UInt8> {
    @_lifetime(borrow self) borrowing get {
      let entry = entries[number]
      return bytes.span.extracting(Int(entry.start)..<Int(entry.start &+ entry.count))
    }
  }

  func string(_ number: Int) -> String {
    let entry = entries[number]
    return String(
      decoding: bytes[Int(entry.start)..<Int(entry.start &+ entry.count)], as: UTF8.self)
  }

  /// XXH3-64 of a name.
  func hash(_ number: Int) -> UInt64 { entries[number].hash }

  /// The number of a name, if it is there.
  func number(of name: Span<UInt8>, hash: UInt64) -> Int? {
    let slot = slot(of: name, hash: hash)
    return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
  }

  /// The number of a name, which is there afterwards.
  mutating func add(_ name: Span<UInt8>, hash: UInt64) -> Int {
    let slot = slot(of: name, hash: hash)
    if slots[slot] != 0 { return Int(slots[slot]) &- 1 }
    entries.append(
      Entry(start: UInt32(bytes.count), count: UInt32(name.count), hash: hash))
    unsafe name.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    slots[slot] = UInt32(entries.count)
    if entries.count &* 2 > slots.count { grow() }
    return entries.count &- 1
  }

  mutating func add(_ name: String) -> Int {
    name.withSpan { add($0, hash: hash64($0)) }
  }

  func number(of name: String) -> Int? {
    name.withSpan { number(of: $0, hash: hash64($0)) }
  }

  /// Forgets all the names, and keeps the memory.
  mutating func removeAll() {
    // What a large group of names left behind would have to be cleared for every small one.
    if slots.count > 64, entries.count &* 8 < slots.count {
      for entry in entries { clear(entry.hash) }
    } else {
      for i in slots.indices { slots[i] = 0 }
    }
    entries.removeAll(keepingCapacity: true)
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func clear(_ hash: UInt64) {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while slots[slot] != 0 {
      slots[slot] = 0
      slot = (slot &+ 1) & (slots.count &- 1)
    }
  }

  /// The slot that holds a name, or the free one where it belongs.
  private func slot(of name: Span<UInt8>, hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) &- 1
      if entries[number].hash == hash, isEqual(self[number], name) { return slot }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return slot
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count &* 4)
    for (number, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count &- 1)
      while slots[slot] != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = UInt32(number &+ 1)
    }
  }

  /// Appends the bytes of all names, one after the other.
  func appendBytes(to target: inout [UInt8]) { target.append(contentsOf: bytes) }

  /// The numbers of all names, in the order of the names' bytes.
  func sorted() -> [Int] {
    // Names mostly begin alike; what follows that beginning decides almost every comparison.
    let common = commonPrefix()
    let keys = entries.map { entry -> UInt64 in
      var key: UInt64 = 0
      for i in 0..<8 {
        let at = common &+ i
        key = key &<< 8 | (at < Int(entry.count) ? UInt64(bytes[Int(entry.start) &+ at]) : 0)
      }
      return key
    }
    return (0..<count).sorted { a, b in
      keys[a] != keys[b] ? keys[a] < keys[b] : precedes(self[a], self[b])
    }
  }

  private func commonPrefix() -> Int {
    guard let first = entries.first else { return 0 }
    var common = Int(first.count)
    for number in entries.indices {
      let name = self[number]
      common = min(common, name.count)
      var i = 0
      while i < common, name[i] == bytes[i] { i &+= 1 }
      common = i
    }
    return common
  }
}

extension String {
  /// The text's UTF-8.
  func withSpan<T>(_ body: (Span<UInt8>) throws -> T) rethrows -> T {
    var text = self
    return try text.withUTF8 { try unsafe body($0.span) }
  }
}

/// Whether two runs of bytes are the same.
func isEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  let (x, y) = unsafe (a.bytes, b.bytes)
  var i = 0
  while i &+ 8 <= x.byteCount {
    let (u, v) = unsafe (
      x.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self),
      y.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
    )
    if u != v { return false }
    i &+= 8
  }
  while i < a.count {
    if a[i] != b[i] { return false }
    i &+= 1
  }
  return true
}

/// Whether a run of bytes comes before another.
func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  var i = 0
  while i < min(a.count, b.count) {
    if a[i] != b[i] { return a[i] < b[i] }
    i &+= 1
  }
  return a.count < b.count
}

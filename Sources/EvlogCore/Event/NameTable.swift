import CEvlog

/// Names that occur again and again, numbered in the order in which they first came.
///
/// Two names are the same exactly when their bytes are. They lie one after the other in one array,
/// found by a hash table with open addressing, so that a million names cost no million
/// allocations.
package struct NameTable: Sendable {
  /// For each name its count of bytes (two bytes), its number (four), and its bytes.
  private var records: [UInt8] = []
  /// By number, where the record begins.
  private var starts: [UInt32] = []
  /// A power of two of slots, at most half of them taken.
  private var slots = [Slot](repeating: Slot(), count: 16)
  /// What all the names take, in bytes.
  private(set) var byteCount = 0

  private static let recordHeader = 6

  /// Names that come at random cost a wait for memory each time: so a slot leads to the record, and
  /// there is nothing in between.
  private struct Slot: Sendable {
    /// Where the name's record begins, plus one; 0 where the slot is free.
    var record: UInt32 = 0
    /// The upper half of its hash, which mostly distinguishes it from another name without comparing them.
    var tag: UInt32 = 0
  }

  package init() {}

  package var count: Int { starts.count }

  /// The bytes of a name.
  package subscript(number: Int) -> Span<UInt8> {
    @_lifetime(borrow self) borrowing get { name(at: Int(starts[number])) }
  }

  @_lifetime(borrow self)
  private borrowing func name(at record: Int) -> Span<UInt8> {
    let start = record &+ Self.recordHeader
    return records.span.extracting(start..<(start &+ count(at: record)))
  }

  @inline(__always)
  private func count(at record: Int) -> Int {
    unsafe Int(
      UInt16(
        littleEndian: records.span.bytes.unsafeLoadUnaligned(
          fromByteOffset: record, as: UInt16.self)))
  }

  private func number(at record: Int) -> Int {
    unsafe Int(
      UInt32(
        littleEndian: records.span.bytes.unsafeLoadUnaligned(
          fromByteOffset: record &+ 2, as: UInt32.self)))
  }

  package func string(_ number: Int) -> String {
    String(decoding: self[number].copied(), as: UTF8.self)
  }

  /// XXH3-64 of a name.
  package func hash(_ number: Int) -> UInt64 { hash64(self[number]) }

  /// The number of a name, if it is there.
  package func number(of name: Span<UInt8>, hash: UInt64) -> Int? {
    let record = slots[slot(of: name, hash: hash)].record
    return record == 0 ? nil : number(at: Int(record) &- 1)
  }

  /// The number of a name, which is there afterwards. Names have less than 65,536 bytes.
  package mutating func add(_ name: Span<UInt8>, hash: UInt64) -> Int {
    let slot = slot(of: name, hash: hash)
    if slots[slot].record != 0 { return number(at: Int(slots[slot].record) &- 1) }
    let number = starts.count
    slots[slot] = Slot(record: UInt32(records.count &+ 1), tag: Self.tag(hash))
    starts.append(UInt32(records.count))
    records.appendLittleEndian(UInt16(name.count))
    records.appendLittleEndian(UInt32(number))
    records.append(name)
    byteCount &+= name.count
    if starts.count &* 2 > slots.count { grow() }
    return number
  }

  package mutating func add(_ name: String) -> Int {
    name.withSpan { add($0, hash: hash64($0)) }
  }

  package func number(of name: String) -> Int? {
    name.withSpan { number(of: $0, hash: hash64($0)) }
  }

  /// Asks for the memory in which names of these hashes are.
  ///
  /// In a large table every step to a name waits for memory: so it pays to take the same step for
  /// many names before the next; for about ``prefetchCount`` of them.
  package func prefetch(_ hashes: ArraySlice<UInt64>) {
    // A small table is in the cache anyway.
    guard slots.count > 4096 else { return }
    unsafe slots.withUnsafeBufferPointer { slots in
      for hash in hashes {
        let slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
        unsafe evlog_prefetch(slots.baseAddress.map { unsafe $0 + slot })
      }
      unsafe records.withUnsafeBufferPointer { records in
        for hash in hashes {
          let slot = unsafe slots[Int(truncatingIfNeeded: hash) & (slots.count &- 1)]
          guard slot.record != 0, slot.tag == Self.tag(hash) else { continue }
          unsafe evlog_prefetch(records.baseAddress.map { unsafe $0 + Int(slot.record) })
        }
      }
    }
  }

  /// How many names to ask for at a time: enough to keep the memory busy, few enough to be still in
  /// the nearest cache when they are needed.
  @inlinable package static var prefetchCount: Int { 128 }

  /// Forgets all the names, and keeps the memory.
  package mutating func removeAll() {
    // What a large group of names left behind would have to be cleared for every small one.
    if slots.count > 64, starts.count &* 8 < slots.count {
      for number in starts.indices { clear(hash(number)) }
    } else {
      for i in slots.indices { slots[i].record = 0 }
    }
    starts.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
    byteCount = 0
  }

  /// Forgets the names that came last, down to a count of before.
  mutating func removeLast(downTo count: Int) {
    // No name that came before looks past the slot of one that came later.
    for number in (count..<max(count, starts.count)).reversed() {
      let slot = slot(of: self[number], hash: hash(number))
      slots[slot].record = 0
      byteCount &-= self[number].count
      records.removeSubrange(Int(starts[number])...)
      starts.removeLast()
    }
  }

  /// Clears a name's slot, and with it all that follow without a gap.
  private mutating func clear(_ hash: UInt64) {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    while slots[slot].record != 0 {
      slots[slot].record = 0
      slot = (slot &+ 1) & (slots.count &- 1)
    }
  }

  /// The slot that holds a name, or the free one where it belongs.
  private func slot(of name: Span<UInt8>, hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
    let tag = Self.tag(hash)
    while slots[slot].record != 0 {
      if slots[slot].tag == tag, isEqual(self.name(at: Int(slots[slot].record) &- 1), name) {
        return slot
      }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return slot
  }

  private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash &>> 32) }

  private mutating func grow() {
    slots = [Slot](repeating: Slot(), count: slots.count &* 4)
    for number in starts.indices {
      let hash = hash(number)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count &- 1)
      while slots[slot].record != 0 { slot = (slot &+ 1) & (slots.count &- 1) }
      slots[slot] = Slot(record: starts[number] &+ 1, tag: Self.tag(hash))
    }
  }

  /// Appends how many bytes each of some names has, as varints, and then the bytes of all of them.
  func appendCountsAndBytes(of numbers: [UInt32], to target: inout [UInt8]) {
    var sum = 0
    target.append(addingCapacity: numbers.count * 3) { output in
      for number in numbers {
        let count = count(at: Int(starts[Int(number)]))
        sum &+= count
        output.appendVarint(UInt64(truncatingIfNeeded: count))
      }
    }
    target.append(addingCapacity: sum) { output in
      unsafe output.withUnsafeMutableBufferPointer { room, filled in
        for number in numbers { unsafe self[Int(number)].copy(to: room, at: &filled) }
      }
    }
  }

  /// The numbers of all names, in the order of the names' bytes.
  package func sorted() -> [Int] {
    // Names mostly begin alike; what follows that beginning decides almost every comparison.
    let common = commonPrefix()
    let keys = starts.indices.map { number -> UInt64 in
      let name = self[number]
      var key: UInt64 = 0
      for i in common..<(common &+ 8) { key = key &<< 8 | (i < name.count ? UInt64(name[i]) : 0) }
      return key
    }
    return (0..<count).sorted { a, b in
      keys[a] != keys[b] ? keys[a] < keys[b] : precedes(self[a], self[b])
    }
  }

  private func commonPrefix() -> Int {
    guard count > 0 else { return 0 }
    var common = self[0].count
    for number in 1..<count {
      let (first, name) = (self[0], self[number])
      common = min(common, name.count)
      var i = 0
      while i < common, name[i] == first[i] { i &+= 1 }
      common = i
    }
    return common
  }
}

extension String {
  /// The text's UTF-8, where it is.
  @inlinable @inline(__always)
  package func withSpan<T>(_ body: (Span<UInt8>) -> T) -> T {
    if let result = unsafe utf8.withContiguousStorageIfAvailable({ unsafe body($0.span) }) {
      return result
    }
    let bytes = Array(utf8)
    return body(bytes.span)
  }
}

/// Whether two runs of bytes are the same.
@inlinable package func isEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  let (x, y) = unsafe (a.bytes, b.bytes)
  var i = 0
  // Whole words, the last of which may overlap the one before it.
  let last = x.byteCount &- 8
  guard last >= 0 else {
    if a.count >= 4 {
      let end = a.count &- 4
      return unsafe x.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
        == y.unsafeLoadUnaligned(fromUncheckedByteOffset: 0, as: UInt32.self)
        && x.unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt32.self)
          == y.unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt32.self)
    }
    while i < a.count {
      if a[i] != b[i] { return false }
      i &+= 1
    }
    return true
  }
  while true {
    let (u, v) = unsafe (
      x.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self),
      y.unsafeLoadUnaligned(fromUncheckedByteOffset: i, as: UInt64.self)
    )
    if u != v { return false }
    if i == last { return true }
    i = min(i &+ 8, last)
  }
}

/// Whether a run of bytes comes before another.
@inlinable package func precedes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  var i = 0
  while i < min(a.count, b.count) {
    if a[i] != b[i] { return a[i] < b[i] }
    i &+= 1
  }
  return a.count < b.count
}

extension Array {
  /// Asks for the memory of an element that is needed soon, if there is one.
  @inlinable @inline(__always)
  package func prefetch(_ i: Int) {
    unsafe withUnsafeBufferPointer { elements in
      if i < elements.count { unsafe prefetchMemory(elements.baseAddress.map { unsafe $0 + i }) }
    }
  }
}

@usableFromInline func prefetchMemory(_ place: UnsafeRawPointer?) { unsafe evlog_prefetch(place) }

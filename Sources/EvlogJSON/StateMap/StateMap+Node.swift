import Synchronization

/// Distinguishes the values that one key had at different times.
@usableFromInline
enum StateMapStamp {
  private static let last = Atomic<UInt64>(0)

  @usableFromInline
  static func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}

extension StateMap {
  /// The keys whose hashes begin alike: an entry for a single key, a node for several.
  @usableFromInline
  final class Node: @unchecked Sendable {
    @usableFromInline
    struct Entry {
      @usableFromInline let key: Key
      @usableFromInline var value: Value
      /// Another one for each time that the value was given away for changing.
      @usableFromInline var stamp: UInt64

      @inlinable
      init(key: Key, value: Value) {
        self.key = key
        self.value = value
        stamp = StateMapStamp.next()
      }
    }

    @inlinable
    init() {}

    /// So many bits of the hash choose a slot.
    @inlinable static var width: UInt { 5 }

    /// The slots with an entry, and those with a node; in the order of the bits.
    @usableFromInline var entryBits: UInt32 = 0
    @usableFromInline var childBits: UInt32 = 0
    @usableFromInline var entries: [Entry] = []
    @usableFromInline var children: [Node] = []

    @inlinable static func bit(_ hash: UInt, _ shift: UInt) -> UInt32 {
      1 << UInt32(hash >> shift & 31)
    }
    @inlinable static func index(_ bits: UInt32, _ bit: UInt32) -> Int {
      (bits & (bit - 1)).nonzeroBitCount
    }

    @inlinable
    func copy() -> Node {
      let node = Node()
      node.entryBits = entryBits
      node.childBits = childBits
      node.entries = entries
      node.children = children
      return node
    }

    @inlinable
    func find(_ key: Key, _ hash: UInt) -> Entry? {
      var node = self
      var shift: UInt = 0
      while shift < UInt(UInt.bitWidth) {
        let bit = Self.bit(hash, shift)
        if node.childBits & bit != 0 {
          node = node.children[Self.index(node.childBits, bit)]
        } else if node.entryBits & bit != 0 {
          let entry = node.entries[Self.index(node.entryBits, bit)]
          return entry.key == key ? entry : nil
        } else {
          return nil
        }
        shift += Self.width
      }
      return node.entries.first { $0.key == key }
    }

    /// Adds an entry whose slot is free.
    @inlinable
    func add(_ entry: Entry, _ hash: UInt, _ shift: UInt) {
      guard shift < UInt(UInt.bitWidth) else { return entries.append(entry) }
      let bit = Self.bit(hash, shift)
      entries.insert(entry, at: Self.index(entryBits, bit))
      entryBits |= bit
    }

    @inlinable
    func takeEntry(_ bit: UInt32) -> Entry {
      entryBits ^= bit
      return entries.remove(at: Self.index(entryBits, bit))
    }

    @inlinable
    func addChild(_ child: Node, _ bit: UInt32) {
      children.insert(child, at: Self.index(childBits, bit))
      childBits |= bit
    }

    /// Removes an existing key from a node with a single owner.
    @inlinable
    func remove(_ key: Key, _ hash: UInt, _ shift: UInt) -> Value? {
      guard shift < UInt(UInt.bitWidth) else {
        return entries.firstIndex { $0.key == key }.map { entries.remove(at: $0).value }
      }
      let bit = Self.bit(hash, shift)
      if entryBits & bit != 0 { return takeEntry(bit).value }
      let i = Self.index(childBits, bit)
      if !isKnownUniquelyReferenced(&children[i]) { children[i] = children[i].copy() }
      let value = children[i].remove(key, hash, shift + Self.width)
      if children[i].children.isEmpty, children[i].entries.count == 1 {
        // A key that is alone again goes up: the same keys make the same tree.
        let entry = children[i].entries[0]
        children.remove(at: i)
        childBits ^= bit
        add(entry, hash, shift)
      }
      return value
    }

    /// Reports each key whose value may have changed, with its entries before and after.
    ///
    /// What two trees share is passed over.
    func forEachDifference(from old: Node, _ body: (Key, Entry?, Entry?) throws -> Void) rethrows {
      if self === old { return }
      // At the end of the hash there are only entries, in no slots.
      if entryBits | childBits | old.entryBits | old.childBits == 0 {
        return try Self.compare(old.entries, entries, body)
      }
      var rest = entryBits | childBits | old.entryBits | old.childBits
      while rest != 0 {
        let bit = rest & (0 &- rest)
        rest ^= bit
        if childBits & bit != 0, old.childBits & bit != 0 {
          let (new, old) = (
            children[Self.index(childBits, bit)], old.children[Self.index(old.childBits, bit)]
          )
          try new.forEachDifference(from: old, body)
        } else {
          try Self.compare(old.entries(in: bit), entries(in: bit), body)
        }
      }
    }

    private static func compare(
      _ old: [Entry], _ new: [Entry], _ body: (Key, Entry?, Entry?) throws -> Void
    ) rethrows {
      for entry in old {
        let other = new.first { $0.key == entry.key }
        if other?.stamp != entry.stamp { try body(entry.key, entry, other) }
      }
      for entry in new where !old.contains(where: { $0.key == entry.key }) {
        try body(entry.key, nil, entry)
      }
    }

    private func entries(in bit: UInt32) -> [Entry] {
      if entryBits & bit != 0 { return [entries[Self.index(entryBits, bit)]] }
      return childBits & bit != 0 ? children[Self.index(childBits, bit)].all : []
    }

    private var all: [Entry] { entries + children.flatMap(\.all) }
  }
}

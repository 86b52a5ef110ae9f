/// A dictionary for large states, whose copies share what they have in common.
///
/// A copy costs nothing; changing a key costs a few small nodes, however many keys there are. So the difference
/// between two states is found without examining what they share: ``Timeline`` and `compare` show what an event
/// changed, and an index of writes is made, at the cost of the change.
///
/// In JSON it is an object, with the keys' `codingKey`s as names, which must be different for different
/// keys. Like in a `Dictionary`, two spellings of one text are one key, and the first one stays. It is
/// some three times slower than a `Dictionary` where nothing is compared.
///
/// It is a compressed hash-array mapped prefix trie (M. J. Steindorfer and J. J. Vinju, "Optimizing
/// Hash-Array Mapped Tries for Fast and Lean Immutable JVM Collections", OOPSLA 2015): the same keys make the
/// same tree, in whatever order they came.
@frozen
public struct StateMap<Key: Hashable & CodingKeyRepresentable & Sendable, Value: Sendable>: Sendable
{
  @usableFromInline var root: Node
  @usableFromInline var size: Int

  /// How many keys there are.
  @inlinable public var count: Int { size }

  @inlinable
  public init() {
    root = Node()
    size = 0
  }

  /// A map of these elements; if a key comes more than once, the last value counts.
  @inlinable
  public init(_ elements: some Sequence<(Key, Value)>) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  @inlinable public var isEmpty: Bool { count == 0 }

  /// The value of a key; nil if there is none. Assigning nil removes the key.
  @inlinable
  public subscript(key: Key) -> Value? {
    get { entry(of: key)?.value }
    set {
      if let newValue {
        let (node, i) = place(of: key, or: newValue)
        node.entries[i].value = newValue
      } else {
        removeValue(forKey: key)
      }
    }
  }

  /// The value of a key, or a default if there is none; it can be changed in place.
  @inlinable
  public subscript(key: Key, default value: @autoclosure () -> Value) -> Value {
    get { entry(of: key)?.value ?? value() }
    _modify {
      let (node, i) = place(of: key, or: value())
      yield &node.entries[i].value
    }
  }

  /// Removes a key; returns its value, or nil if there was none.
  @inlinable
  @discardableResult
  public mutating func removeValue(forKey key: Key) -> Value? {
    let hash = Self.hash(key)
    guard root.find(key, hash) != nil else { return nil }
    if !isKnownUniquelyReferenced(&root) { root = root.copy() }
    size -= 1
    return root.remove(key, hash, 0)
  }

  @inlinable
  func entry(of key: Key) -> Node.Entry? { root.find(key, Self.hash(key)) }

  @inlinable
  static func hash(_ key: Key) -> UInt { UInt(bitPattern: key.hashValue) }

  /// The place of a key's entry, which is added if there is none, in a node with a single owner.
  @inlinable
  mutating func place(of key: Key, or value: @autoclosure () -> Value) -> (Node, Int) {
    let hash = Self.hash(key)
    if !isKnownUniquelyReferenced(&root) { root = root.copy() }
    var node = root
    var shift: UInt = 0
    while shift < UInt(UInt.bitWidth) {
      let bit = Node.bit(hash, shift)
      if node.childBits & bit != 0 {
        let i = Node.index(node.childBits, bit)
        if !isKnownUniquelyReferenced(&node.children[i]) {
          node.children[i] = node.children[i].copy()
        }
        node = node.children[i]
      } else if node.entryBits & bit != 0 {
        let i = Node.index(node.entryBits, bit)
        if node.entries[i].key == key {
          node.entries[i].stamp = StateMapStamp.next()
          return (node, i)
        }
        // Two keys that begin alike go one level down.
        let entry = node.takeEntry(bit)
        let child = Node()
        child.add(entry, Self.hash(entry.key), shift + Node.width)
        node.addChild(child, bit)
        node = child
      } else {
        size += 1
        node.add(Node.Entry(key: key, value: value()), hash, shift)
        return (node, Node.index(node.entryBits, bit))
      }
      shift += Node.width
    }
    // Different keys with one hash.
    if let i = node.entries.firstIndex(where: { $0.key == key }) {
      node.entries[i].stamp = StateMapStamp.next()
      return (node, i)
    }
    size += 1
    node.entries.append(Node.Entry(key: key, value: value()))
    return (node, node.entries.count - 1)
  }
}

extension StateMap: Sequence {
  /// The keys with their values, in no particular order.
  public struct Iterator: IteratorProtocol {
    @usableFromInline var open: [Node]
    @usableFromInline var entries: ArraySlice<Node.Entry>

    @inlinable
    init(_ root: Node) {
      open = [root]
      entries = []
    }

    @inlinable
    public mutating func next() -> (key: Key, value: Value)? {
      while entries.isEmpty {
        guard let node = open.popLast() else { return nil }
        open += node.children
        entries = node.entries[...]
      }
      let entry = entries.removeFirst()
      return (entry.key, entry.value)
    }
  }

  @inlinable public func makeIterator() -> Iterator { Iterator(root) }

  /// The keys, in no particular order.
  public var keys: some Sequence<Key> { lazy.map(\.key) }

  /// The values, in no particular order.
  public var values: some Sequence<Value> { lazy.map(\.value) }
}

extension StateMap: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (Key, Value)...) { self.init(elements) }
}

extension StateMap: Equatable where Value: Equatable {
  public static func == (a: Self, b: Self) -> Bool {
    guard a.count == b.count else { return false }
    var isEqual = true
    a.root.forEachDifference(from: b.root) { _, old, new in
      isEqual = isEqual && old.map(\.value) == new.map(\.value)
    }
    return isEqual
  }
}

extension StateMap: Hashable where Value: Hashable {
  public func hash(into hasher: inout Hasher) {
    var sum = 0
    for (key, value) in self {
      var own = Hasher()
      own.combine(key)
      own.combine(value)
      sum ^= own.finalize()
    }
    hasher.combine(sum)
  }
}

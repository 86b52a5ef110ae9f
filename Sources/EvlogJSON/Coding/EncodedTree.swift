import EvlogCore

/// What a value wrote when it was encoded: texts in one array, and their containers in another, so that objects
/// can be sorted when all is known.
///
/// Encoders may write to several containers in turn, and the same container may be asked for twice, so
/// nothing can be put in its place before the whole value is done.
final class EncodedTree: @unchecked Sendable {
  enum Kind: UInt8, BitwiseCopyable {
    /// Nothing was written: an empty object.
    case nothing
    /// A text, or several in a row with commas between them.
    case text
    case array, object
  }

  /// A value: a text, or an array or object with others in it.
  struct Node: BitwiseCopyable {
    var kind = Kind.nothing
    /// Where its name is, if it is an object's member, and the first eight bytes of it.
    var nameStart = 0
    var nameCount = 0
    var nameBeginning: UInt64 = 0
    /// Of a text, its first byte and the one after it; of a container, its first and last value.
    var first = EncodedTree.nowhere
    var last = EncodedTree.nowhere
    /// The next value in the same container.
    var next = EncodedTree.nowhere
    /// The container that it is in.
    let container: Int
    /// How many values are in it.
    var count = 0
  }

  static let nowhere = -1
  static let root = 0

  private(set) var nodes: Scratch<Node>
  /// Names, and the texts of values, in the order in which they came.
  private(set) var bytes = Scratch<UInt8>(capacity: 256)
  /// What is written in the end.
  var output = Scratch<UInt8>(capacity: 256)
  /// The way to the value, if it is a part of another one.
  private(set) var way: [any CodingKey] = []
  /// How types are encoded that are not known beforehand.
  let types = TypeTable<EncodedKind>()
  /// Where maps that share with others are kept instead of being encoded; nil to encode them.
  private(set) var sparse: SharedMaps?

  init(at way: [any CodingKey] = []) {
    self.way = way
    // These are not changed in place: each change would be checked for exclusive access.
    var nodes = Scratch<Node>(capacity: 16)
    nodes.append(Node(container: Self.nowhere))
    self.nodes = nodes
  }

  deinit {
    nodes.free()
    bytes.free()
    output.free()
  }

  private static let spares = Spares<EncodedTree>()
  /// More memory than this is given back.
  private static let nodeLimit = 1 << 14

  /// Encodes a value, and lends what became of it.
  static func encoding<R>(
    _ value: some Encodable, at way: [any CodingKey] = [], keeping maps: SharedMaps? = nil,
    _ body: (EncodedTree) throws -> R
  ) throws -> R {
    var tree = spares.take() ?? EncodedTree()
    if !way.isEmpty || !tree.way.isEmpty { tree.way = way }
    tree.sparse = maps
    defer { finish(&tree) }
    try tree.encode(value, at: root)
    return try body(tree)
  }

  /// Encodes also the maps that are otherwise kept.
  func encodingMaps(_ encode: () throws -> Void) rethrows {
    let kept = sparse
    sparse = nil
    defer { sparse = kept }
    try encode()
  }

  private static func finish(_ tree: inout EncodedTree) {
    tree.sparse = nil
    // Somebody may keep an encoder of it.
    guard isKnownUniquelyReferenced(&tree), tree.nodes.capacity <= nodeLimit,
      tree.bytes.capacity <= 64 * nodeLimit, tree.output.capacity <= 64 * nodeLimit
    else { return }
    var nodes = tree.nodes
    var bytes = tree.bytes
    nodes.removeAll()
    nodes.append(Node(container: nowhere))
    bytes.removeAll()
    tree.nodes = nodes
    tree.bytes = bytes
    spares.put(tree)
  }

  // MARK: Adding

  private func append(_ node: Node) -> Int {
    var nodes = nodes
    nodes.append(node)
    self.nodes = nodes
    return nodes.count - 1
  }

  /// A value that is in no container, though its way goes through one.
  func addApart(in container: Int) -> Int { append(Node(container: container)) }

  /// Makes a value as if nothing had been written.
  func reset(_ node: Int, _ kind: Kind = .nothing) {
    nodes.change(node) { node in
      node.kind = kind
      node.first = Self.nowhere
      node.last = Self.nowhere
      node.count = 0
    }
  }

  /// Makes a value an object, whatever else it is.
  func beginObject(_ node: Int) {
    if nodes[node].kind != .object { reset(node, .object) }
  }

  /// Makes a value an array, if it is no object.
  func beginArray(_ node: Int) {
    if nodes[node].kind != .object, nodes[node].kind != .array { reset(node, .array) }
  }

  /// A new member of an object; of two with one name, the last one counts.
  func add(_ name: String, to object: Int) -> Int {
    let name = name.utf8Span.span
    var bytes = bytes
    let start = bytes.count
    bytes.append(name)
    self.bytes = bytes
    return add(
      Node(
        nameStart: start, nameCount: name.count, nameBeginning: Self.beginning(of: name),
        container: object), as: .object)
  }

  /// The first eight bytes of a name as a number: names that differ in them are in its order.
  private static func beginning(of name: Span<UInt8>) -> UInt64 {
    if name.count >= 8 {
      return UInt64(
        bigEndian: unsafe name.bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
    }
    var word: UInt64 = 0
    for i in name.indices { word = word << 8 | UInt64(name[i]) }
    return name.isEmpty ? 0 : word << UInt64(8 * (8 - name.count))
  }

  /// A new element of an array.
  func add(to array: Int) -> Int { add(Node(container: array), as: .array) }

  private func add(_ node: Node, as kind: Kind) -> Int {
    let place = append(node)
    let nodes = nodes
    nodes.change(node.container) { container in
      // What is added to an array after it was made an object is lost.
      guard container.kind == kind else { return }
      if container.last == Self.nowhere {
        container.first = place
      } else {
        nodes.change(container.last) { $0.next = place }
      }
      container.last = place
      container.count &+= 1
    }
    return place
  }

  /// Makes a value the text that `write` writes, if it is no array or object.
  @inline(__always) func set(_ node: Int, _ write: (inout Scratch<UInt8>) -> Void) {
    var bytes = bytes
    let start = bytes.count
    write(&bytes)
    self.bytes = bytes
    nodes.change(node) { node in
      if node.kind == .object || node.kind == .array { return }
      node.kind = .text
      node.first = start
      node.last = bytes.count
    }
  }

  /// Adds a text to an array: to the text before it, if nothing came between.
  @inline(__always) func append(to array: Int, _ write: (inout Scratch<UInt8>) -> Void) {
    let last = nodes[array].last
    if nodes[array].kind == .array, last != Self.nowhere, nodes[last].kind == .text,
      nodes[last].last == bytes.count, nodes[last].count > 0
    {
      var bytes = bytes
      bytes.append(UInt8(ascii: ","))
      write(&bytes)
      self.bytes = bytes
      nodes.change(last) { $0.last = bytes.count }
      nodes.change(array) { $0.count += 1 }
      return
    }
    let node = add(to: array)
    set(node, write)
    // Nobody else can change this one.
    nodes.change(node) { $0.count = 1 }
  }
}

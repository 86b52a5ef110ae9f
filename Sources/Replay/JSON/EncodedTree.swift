import EventLog

/// What a value wrote when it was encoded: texts in one array, and who they belong to in another, so
/// that objects can be sorted when all is known.
///
/// Encoders may write to several containers in turn, and the same container may be asked for twice, so
/// nothing can be put in its place before the whole value is done.
final class EncodedTree: @unchecked Sendable {
  enum Kind: UInt8 {
    /// Nothing was written: an empty object.
    case nothing
    /// A text, or several in a row with commas between them.
    case text
    case array, object
  }

  /// A value: a text, or an array or object with others in it.
  struct Node {
    var kind = Kind.nothing
    /// Where its name is, if it is an object's member.
    var nameStart = 0
    var nameCount = 0
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

  var nodes = [Node(container: EncodedTree.nowhere)]
  /// Names, and the texts of values, in the order in which they came.
  var bytes: [UInt8] = []
  /// The way to the value, if it is a part of another one.
  private(set) var way: [any CodingKey] = []
  /// How types are encoded that are not known beforehand.
  let types = TypeTable<EncodedKind>()

  init(at way: [any CodingKey] = []) { self.way = way }

  private static let spares = Spares<EncodedTree>()
  /// More memory than this is given back.
  private static let nodeLimit = 1 << 14

  /// Encodes a value, and lends what became of it.
  static func encoding<R>(
    _ value: some Encodable, at way: [any CodingKey] = [], _ body: (EncodedTree) throws -> R
  ) throws -> R {
    var tree = spares.take() ?? EncodedTree()
    tree.way = way
    defer { finish(&tree) }
    try tree.encode(value, at: root)
    return try body(tree)
  }

  private static func finish(_ tree: inout EncodedTree) {
    // Somebody may keep an encoder of it.
    guard isKnownUniquelyReferenced(&tree), tree.nodes.capacity <= nodeLimit,
      tree.bytes.capacity <= 64 * nodeLimit
    else { return }
    tree.nodes.removeAll(keepingCapacity: true)
    tree.nodes.append(Node(container: nowhere))
    tree.bytes.removeAll(keepingCapacity: true)
    spares.put(tree)
  }

  // MARK: Adding

  /// A value that is in no container, though its way goes through one.
  func addApart(in container: Int) -> Int {
    nodes.append(Node(container: container))
    return nodes.count - 1
  }

  /// Makes a value as if nothing had been written.
  func reset(_ node: Int) {
    nodes[node].kind = .nothing
    nodes[node].first = Self.nowhere
    nodes[node].last = Self.nowhere
    nodes[node].count = 0
  }

  /// Makes a value an object, whatever else it is.
  func beginObject(_ node: Int) {
    if nodes[node].kind == .object { return }
    reset(node)
    nodes[node].kind = .object
  }

  /// Makes a value an array, if it is no object.
  func beginArray(_ node: Int) {
    if nodes[node].kind == .object || nodes[node].kind == .array { return }
    reset(node)
    nodes[node].kind = .array
  }

  /// A new member of an object; of two with one name, the last one counts.
  func add(_ name: String, to object: Int) -> Int {
    let start = bytes.count
    var name = name
    name.withUTF8 { unsafe bytes.append(contentsOf: $0) }
    return add(
      Node(nameStart: start, nameCount: bytes.count - start, container: object), as: .object)
  }

  /// A new element of an array.
  func add(to array: Int) -> Int { add(Node(container: array), as: .array) }

  private func add(_ node: Node, as kind: Kind) -> Int {
    let place = nodes.count
    nodes.append(node)
    let container = node.container
    // What is added to an array after somebody made it an object is lost.
    guard nodes[container].kind == kind else { return place }
    let last = nodes[container].last
    if last == Self.nowhere {
      nodes[container].first = place
    } else {
      nodes[last].next = place
    }
    nodes[container].last = place
    nodes[container].count += 1
    return place
  }

  /// Makes a value the text that `write` writes, if it is no array or object.
  @inline(__always) func set(_ node: Int, _ write: (inout [UInt8]) throws -> Void) rethrows {
    let start = bytes.count
    try write(&bytes)
    if nodes[node].kind == .object || nodes[node].kind == .array { return }
    nodes[node].kind = .text
    nodes[node].first = start
    nodes[node].last = bytes.count
  }

  /// Adds a text to an array: to the text before it, if nothing came between.
  @inline(__always) func append(to array: Int, _ write: (inout [UInt8]) throws -> Void) rethrows {
    let last = nodes[array].last
    if nodes[array].kind == .array, last != Self.nowhere, nodes[last].kind == .text,
      nodes[last].last == bytes.count, nodes[last].count > 0
    {
      bytes.append(UInt8(ascii: ","))
      try write(&bytes)
      nodes[last].last = bytes.count
      nodes[array].count += 1
      return
    }
    let node = add(to: array)
    try set(node, write)
    // Nobody else can change this one.
    nodes[node].count = 1
  }
}

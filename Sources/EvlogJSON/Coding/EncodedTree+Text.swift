import EvlogCore

// Writing what was encoded: objects in the order of their members' names.
extension EncodedTree {
  /// Objects with more members are sorted apart.
  private static let few = 16

  /// Lends the text of a value.
  func withText<R>(of place: Int, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    var text = output
    text.removeAll()
    write(place, to: &text)
    output = text
    return try text.withSpan(0..<text.count, body)
  }

  /// The name and the text of the only member of an object; nil where a value is anything else.
  func onlyMember(of place: Int) -> (name: String, text: [UInt8])? {
    switch nodes[place].kind {
    case .nothing, .array: return nil
    case .text:
      // It wrote JSON as it is.
      let value = bytes.withSpan(nodes[place].first..<nodes[place].last) {
        JSONValue(validating: $0)
      }
      guard case .object(let object)? = value, object.members.count == 1 else { return nil }
      return (object.members[0].key, object.members[0].value.canonicalBytes)
    case .object:
      order(place)
      let member = nodes[place].first
      guard member != Self.nowhere, nodes[member].next == Self.nowhere else { return nil }
      let name = withName(member) { unsafe String(copying: UTF8Span(unchecked: $0)) }
      return (name, withText(of: member) { $0.copied() })
    }
  }

  private func write(_ place: Int, to text: inout Scratch<UInt8>) {
    let node = nodes[place]
    switch node.kind {
    case .nothing: text.append("{}")
    case .text: bytes.withSpan(node.first..<node.last) { text.append($0) }
    case .array:
      text.append(UInt8(ascii: "["))
      var item = node.first
      while item != Self.nowhere {
        if item != node.first { text.append(UInt8(ascii: ",")) }
        write(item, to: &text)
        item = nodes[item].next
      }
      text.append(UInt8(ascii: "]"))
    case .object:
      order(place)
      text.append(UInt8(ascii: "{"))
      let first = nodes[place].first
      var member = first
      while member != Self.nowhere {
        if member != first { text.append(UInt8(ascii: ",")) }
        withName(member) { JSONValue.write($0, to: &text) }
        text.append(UInt8(ascii: ":"))
        write(member, to: &text)
        member = nodes[member].next
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  private func withName<R>(_ member: Int, _ body: (Span<UInt8>) -> R) -> R {
    let node = nodes[member]
    return bytes.withSpan(node.nameStart..<(node.nameStart + node.nameCount), body)
  }

  @inline(__always) private func isBefore(_ a: Int, _ b: Int) -> Bool {
    let (x, y) = (nodes[a].nameBeginning, nodes[b].nameBeginning)
    if x != y { return x < y }
    return withName(a) { a in withName(b) { b in precedes(a, b) } }
  }

  // MARK: The order

  /// Puts an object's members in the order of their names; of the same name, the last one stays.
  private func order(_ object: Int) {
    let node = nodes[object]
    if isOrdered(node) { return }
    guard node.count <= Self.few else { return orderApart(object) }
    // Each is put in its place among those before it.
    var first = node.first
    var member = nodes[first].next
    nodes.change(first) { $0.next = Self.nowhere }
    while member != Self.nowhere {
      let following = nodes[member].next
      var (before, after) = (Self.nowhere, first)
      while after != Self.nowhere, isBefore(after, member) {
        before = after
        after = nodes[after].next
      }
      // Its forerunner of the same name gives way.
      if after != Self.nowhere, !isBefore(member, after) { after = nodes[after].next }
      nodes.change(member) { $0.next = after }
      if before == Self.nowhere {
        first = member
      } else {
        nodes.change(before) { $0.next = member }
      }
      member = following
    }
    nodes.change(object) { $0.first = first }
  }

  /// Whether an object's members came in the order of their names, each name once.
  private func isOrdered(_ object: Node) -> Bool {
    var member = object.first
    while member != Self.nowhere {
      let next = nodes[member].next
      if next != Self.nowhere, !isBefore(member, next) { return false }
      member = next
    }
    return true
  }

  private func orderApart(_ object: Int) {
    var members: [Int] = []
    members.reserveCapacity(nodes[object].count)
    var member = nodes[object].first
    while member != Self.nowhere {
      members.append(member)
      member = nodes[member].next
    }
    members.sort { isBefore($0, $1) || !isBefore($1, $0) && $0 < $1 }
    var last = Self.nowhere
    for (i, member) in members.enumerated() {
      let isOld = i + 1 < members.count && !isBefore(member, members[i + 1])
      if isOld { continue }
      if last == Self.nowhere {
        nodes.change(object) { $0.first = member }
      } else {
        nodes.change(last) { $0.next = member }
      }
      last = member
    }
    nodes.change(last) { $0.next = Self.nowhere }
  }

  // MARK: The way

  /// The names on the way to a value.
  func path(of place: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var place = place
    while place != Self.nowhere {
      let container = nodes[place].container
      if container != Self.nowhere, nodes[container].kind == .object {
        path.append(
          MemberKey(withName(place) { unsafe String(copying: UTF8Span(unchecked: $0)) }))
      }
      place = container
    }
    return way + path.reversed()
  }
}

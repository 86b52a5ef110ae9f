import EventLog

// Writing what was encoded: objects in the order of their members' names.
extension EncodedTree {
  /// Writes a value.
  func write(_ place: Int, to text: inout [UInt8]) {
    let node = nodes[place]
    switch node.kind {
    case .nothing: text.append(contentsOf: "{}".utf8)
    case .text: text.append(contentsOf: bytes[node.first..<node.last])
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
      text.append(UInt8(ascii: "{"))
      if isOrdered(node) {
        var member = node.first
        while member != Self.nowhere {
          if member != node.first { text.append(UInt8(ascii: ",")) }
          writeMember(member, to: &text)
          member = nodes[member].next
        }
      } else {
        for (i, member) in ordered(node).enumerated() {
          if i > 0 { text.append(UInt8(ascii: ",")) }
          writeMember(member, to: &text)
        }
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  private func writeMember(_ member: Int, to text: inout [UInt8]) {
    JSONValue.write(name(member).span, to: &text)
    text.append(UInt8(ascii: ":"))
    write(member, to: &text)
  }

  private func name(_ member: Int) -> ArraySlice<UInt8> {
    let node = nodes[member]
    return bytes[node.nameStart..<(node.nameStart + node.nameCount)]
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool { precedes(name(a).span, name(b).span) }

  /// Whether an object's members came in the order of their names, each name once.
  private func isOrdered(_ object: Node) -> Bool {
    var member = object.first
    while member != Self.nowhere, nodes[member].next != Self.nowhere {
      if !isBefore(member, nodes[member].next) { return false }
      member = nodes[member].next
    }
    return true
  }

  private func ordered(_ object: Node) -> [Int] {
    var members: [Ordered] = []
    members.reserveCapacity(object.count)
    var member = object.first
    while member != Self.nowhere {
      members.append(Ordered(beginning: Self.beginning(of: name(member)), place: member))
      member = nodes[member].next
    }
    members.sort { a, b in
      if a.beginning != b.beginning { return a.beginning < b.beginning }
      if isBefore(a.place, b.place) { return true }
      return !isBefore(b.place, a.place) && a.place < b.place
    }
    // Of the same name, the last one.
    return members.indices.filter {
      $0 + 1 == members.count || isBefore(members[$0].place, members[$0 + 1].place)
    }.map { members[$0].place }
  }

  /// A member, and the first eight bytes of its name, by which most can be told apart.
  private struct Ordered {
    let beginning: UInt64
    let place: Int
  }

  private static func beginning(of name: ArraySlice<UInt8>) -> UInt64 {
    var word: UInt64 = 0
    for byte in name.prefix(8) { word = word << 8 | UInt64(byte) }
    return word << UInt64(8 * (8 - min(8, name.count)))
  }

  /// The names on the way to a value.
  func path(of place: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var place = place
    while place != Self.nowhere {
      let container = nodes[place].container
      if container != Self.nowhere, nodes[container].kind == .object {
        path.append(MemberKey(String(decoding: name(place), as: UTF8.self)))
      }
      place = container
    }
    return way + path.reversed()
  }
}

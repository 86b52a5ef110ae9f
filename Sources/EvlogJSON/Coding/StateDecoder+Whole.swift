/// A collection that is decoded in one go.
///
/// What the standard library does with the elements of an array or a dictionary, one by one through a
/// container of any kind, takes several times as long.
protocol DecodedWhole {
  static func decoding(_ text: JSONText, at place: Int, in container: Int) throws -> Self
}

extension Array: DecodedWhole where Element: Decodable {
  static func decoding(_ text: JSONText, at place: Int, in container: Int) throws -> Self {
    guard text.slots[place].kind == .array else {
      return try Self(from: DecodedNode(text: text, place: place, container: container))
    }
    // Of these, the compiler makes loops of their own.
    if Element.self == Int.self { return same(try text.integers(Int.self, in: place)) }
    if Element.self == Int64.self { return same(try text.integers(Int64.self, in: place)) }
    return try text.elements(of: place) { try text.decode(Element.self, at: $0, in: place) }
  }
}

extension JSONText {
  fileprivate func integers<I: FixedWidthInteger>(_ type: I.Type, in array: Int) throws -> [I] {
    // Each takes one slot, or is none.
    let places = (array + 1)..<after(array)
    return try [I](capacity: places.count) { items in
      for place in places { items.append(try integer(type, at: place, in: array)) }
    }
  }

  @inline(__always)
  fileprivate func elements<T>(of array: Int, _ element: (Int) throws -> T) throws -> [T] {
    let end = after(array)
    var count = 0
    var item = array + 1
    while item < end {
      count += 1
      item = after(item)
    }
    return try [T](capacity: count) { items in
      var item = array + 1
      while item < end {
        items.append(try element(item))
        item = after(item)
      }
    }
  }
}

extension Dictionary: DecodedWhole where Key == String, Value: Decodable {
  static func decoding(_ text: JSONText, at place: Int, in container: Int) throws -> Self {
    switch text.slots[place].kind {
    case .object, .checkedObject: break
    default: return try Self(from: DecodedNode(text: text, place: place, container: container))
    }
    let keys = text.orderedKeys(of: place)
    var members = Self(minimumCapacity: keys.count)
    for key in keys {
      members[text.key(at: key)] = try text.decode(Value.self, at: key + 1, in: place)
    }
    return members
  }
}

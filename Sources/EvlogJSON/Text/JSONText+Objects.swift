import EvlogCore

// The members of objects.
extension JSONText {
  /// Objects with more members are checked by sorting.
  private static let few = 12

  /// Finds the keys that come again later in an object; once is enough.
  func check(_ object: Int) {
    guard slots[object].kind == .object else { return }
    slots[object].kind = .checkedObject
    let first = object + 1
    let end = slots[object].extent
    guard first < end else { return }
    var isAscending = true
    var count = 1
    var last = first
    var key = after(first + 1)
    while key < end {
      if isAscending { isAscending = isBefore(last, key) }
      count += 1
      last = key
      key = after(key + 1)
    }
    if isAscending { return }
    if count <= Self.few { return checkPairs(first, end) }
    let keys = sorted(keys(of: object))
    for (key, next) in zip(keys, keys.dropFirst()) where isSame(key, next) {
      slots[key].kind = .oldKey
    }
  }

  private func checkPairs(_ first: Int, _ end: Int) {
    var key = first
    while key < end {
      var other = after(key + 1)
      while other < end {
        if isSame(key, other) {
          slots[key].kind = .oldKey
          break
        }
        other = after(other + 1)
      }
      key = after(key + 1)
    }
  }

  private func isSame(_ a: Int, _ b: Int) -> Bool {
    let (a, b) = (slots[a], slots[b])
    return a.extent == b.extent && a.hint == b.hint
      && withKey(a) { a in withKey(b) { b in isEqual(a, b) } }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    withKey(slots[a]) { a in withKey(slots[b]) { b in precedes(a, b) } }
  }

  /// Sorted by their bytes; those that are the same stay in their order.
  private func sorted(_ keys: [Int]) -> [Int] {
    keys.sorted { isBefore($0, $1) || !isBefore($1, $0) && $0 < $1 }
  }

  /// All keys of an object that count.
  private func keys(of object: Int) -> [Int] {
    var keys: [Int] = []
    var key = object + 1
    while key < slots[object].extent {
      if slots[key].kind != .oldKey { keys.append(key) }
      key = after(key + 1)
    }
    return keys
  }

  /// The place of the key of an object that has one.
  func onlyKey(of object: Int) -> Int? {
    let key = object + 1
    let isOnly = key < slots[object].extent && after(key + 1) >= slots[object].extent
    return isOnly ? key : nil
  }

  /// The places of an object's keys, in the order of their bytes.
  func orderedKeys(of object: Int) -> [Int] {
    check(object)
    let keys = keys(of: object)
    if keys.count < 2 { return keys }
    let isOrdered = zip(keys, keys.dropFirst()).allSatisfy { isBefore($0, $1) }
    return isOrdered ? keys : sorted(keys)
  }

  /// The place of the value that a key has in an object that was checked.
  ///
  /// It is looked for from the member after the one that was found last: most are asked for in their
  /// order.
  func find(_ name: String, in object: Int) -> Int? {
    if let words = SmallText.Words(name) {
      return find(in: object) { slot in
        slot.extent == words.count && withKey(slot) { SmallText.Words($0) == words }
      }
    }
    let name = name.utf8Span.span
    return find(in: object) { slot in
      slot.extent == name.count && withKey(slot) { isEqual($0, name) }
    }
  }

  @inline(__always) private func find(in object: Int, _ isName: (Slot) -> Bool) -> Int? {
    let slot = slots[object]
    let start = object &+ 1 &+ Int(slot.hint)
    if let key = find(from: start, to: slot.extent, isName) {
      let next = after(key &+ 1) &- object &- 1
      slots[object].hint = UInt32(exactly: next) ?? 0
      return key &+ 1
    }
    return find(from: object + 1, to: start, isName).map { $0 + 1 }
  }

  @inline(__always) private func find(from start: Int, to end: Int, _ isName: (Slot) -> Bool)
    -> Int?
  {
    var key = start
    while key < end {
      let slot = slots[key]
      if slot.kind != .oldKey, isName(slot) { return key }
      key = after(key + 1)
    }
    return nil
  }
}

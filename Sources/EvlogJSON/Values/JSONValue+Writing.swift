import EvlogCore

extension JSONValue {
  /// Puts a value at a path, or removes the value there if it is nil.
  ///
  /// If the parent does not exist, nothing is done; an array grows only at its end.
  package mutating func write(_ value: JSONValue?, at steps: ArraySlice<StatePath.Step>) {
    guard let first = steps.first else {
      self = value ?? .null
      return
    }
    let rest = steps.dropFirst()
    // What is changed is taken out for the time, so that nothing else holds it and it is not copied.
    switch first {
    case .key(let key):
      guard case .object(var object) = self else { return }
      self = .null
      object.write(value, at: key, rest)
      self = .object(object)
    case .index(let index):
      guard case .array(var items) = self else { return }
      self = .null
      if index < items.count, !rest.isEmpty || value != nil {
        items[index].write(value, at: rest)
      } else if index == items.count, rest.isEmpty, let value {
        items.append(value)
      } else if index == items.count - 1 {
        items.removeLast()
      }
      self = .array(items)
    case .element: return
    }
  }
}

/// The value for a path; nil for none.
package struct PlacedValue {
  package let steps: ArraySlice<StatePath.Step>
  package let value: JSONValue?

  package init(_ steps: ArraySlice<StatePath.Step>, _ value: JSONValue?) {
    self.steps = steps
    self.value = value
  }
}

extension JSONValue? {
  /// Makes another value of one. Elements leave an array from its end, and join it there.
  package mutating func write(_ places: [PlacedValue]) {
    let sorted = places.sorted { StatePath.Step.precedes($0.steps, $1.steps) }
    for place in sorted.reversed() where place.value == nil { write(place) }
    for place in sorted where place.value != nil { write(place) }
  }

  private mutating func write(_ place: PlacedValue) {
    if place.steps.isEmpty {
      self = place.value
    } else {
      self?.write(place.value, at: place.steps)
    }
  }
}

extension StatePath.Step {
  /// The order of paths: members by their keys' bytes, elements by index.
  package static func precedes(_ a: ArraySlice<Self>, _ b: ArraySlice<Self>) -> Bool {
    for (a, b) in zip(a, b) where a != b {
      switch (a, b) {
      case (.index(let a), .index(let b)): return a < b
      case (.key(let a), .key(let b)): return Name(a) < Name(b)
      default: return false
      }
    }
    return a.count < b.count
  }
}

extension JSONObject {
  fileprivate mutating func write(
    _ value: JSONValue?, at key: String, _ rest: ArraySlice<StatePath.Step>
  ) {
    let i = place(of: key)
    if i < members.count, Name(members[i].key) == Name(key) {
      if rest.isEmpty, value == nil {
        members.remove(at: i)
      } else {
        members[i].value.write(value, at: rest)
      }
    } else if rest.isEmpty, let value {
      members.insert(Member(key: key, value: value), at: i)
    }
  }
}

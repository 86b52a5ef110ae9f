#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  // Places of states, and what was written there, as the sandbox says them.
  extension Moment {
    /// What an event wrote, as the sandbox says it, without what is the same value in JSON; nil where it says
    /// something else.
    init?(json: JSONValue, _ scope: ScopeKind) {
      guard let parts = json.arrayValue, parts.count == 3,
        let offset = parts[0].integer(Offset.self),
        let key = parts[1].stringValue, let items = parts[2].arrayValue
      else { return nil }
      self.init(offset: offset, key: scope == .log ? nil : key, isReduced: true)
      for item in items {
        guard let parts = item.arrayValue, parts.count == 3, let path = StatePath(json: parts[0]),
          let old = parts[1].arrayValue, let new = parts[2].arrayValue
        else { return nil }
        if old.first != new.first {
          writes.append(Write(path: path, old: old.first, new: new.first))
        }
      }
    }
  }

  extension StatePath {
    /// A path as the sandbox writes it; nil if this is not one.
    init?(json: JSONValue) {
      guard let items = json.arrayValue else { return nil }
      self.init(json: items)
    }

    /// For the sandbox: a text is a member, a number an element, a pair an element by its member.
    var json: JSONValue {
      .array(
        steps.map { step in
          switch step {
          case .key(let key): .string(key)
          case .index(let index): .int(index)
          case .element(let member, let value): .array([.string(member), .string(value)])
          }
        })
    }
  }
#endif

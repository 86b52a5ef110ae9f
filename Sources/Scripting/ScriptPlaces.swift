#if JavaScript
  import EventLog
  import Replay

  // Places of states, and what was written there, as the sandbox says them.
  extension Moment {
    /// What an event wrote, as the sandbox says it.
    init?(_ parts: [JSONValue], _ scope: ScopeKind) {
      guard parts.count == 3, let offset = parts[0].integer(UInt64.self) else { return nil }
      let writes = (parts[2].arrayValue ?? []).flatMap { item -> [Write] in
        guard let parts = item.arrayValue, parts.count == 3 else { return [] }
        let (old, new) = (parts[1].arrayValue?.first, parts[2].arrayValue?.first)
        return old == new ? [] : [.init(path: StatePath(json: parts[0]), old: old, new: new)]
      }
      self.init(
        offset: offset, key: scope == .log ? nil : parts[1].stringValue, isReduced: true)
      self.writes = writes
    }
  }

  extension StatePath {
    /// A place as the sandbox says it.
    init(json: JSONValue) {
      self.init(
        (json.arrayValue ?? []).map { step in
          step.stringValue.map { .key($0) } ?? .index(step.integer(Int.self) ?? 0)
        })
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

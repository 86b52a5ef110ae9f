#if JavaScript
  import EvlogCore
  import EvlogJSON
  import EvlogMachine

  /// Parts of its states.
  extension ScriptHost: OutliningHost {
    func outline(_ asked: OutlineRequest) throws(MachineError) -> ValueOutline? {
      let after: JSONValue =
        switch asked.after {
        case .index(let index)?: .int(index)
        case .key(let key)?: .string(key)
        case nil: .null
        }
      let answer = try value(
        "outline",
        [
          .text(asked.path.json.canonicalText), .text(asked.key ?? ""), .text(after.canonicalText),
          .number(Double(asked.limit)), .number(Double(asked.width)),
        ])
      guard let outline = try parse(textOf: answer) else { return nil }
      guard let parts = outline.arrayValue, parts.count == 4, let list = parts[2].arrayValue else {
        throw misfit("outline", outline)
      }
      let children = try list.map { item throws(MachineError) in
        guard let child = item.arrayValue, child.count == 3,
          let position = position(child[0])
        else { throw misfit("outline", item) }
        return ValueOutline.Child(position, child[2], count: child[1].integer(Int.self))
      }
      return ValueOutline(
        parts[1], count: parts[0].integer(Int.self), children: children,
        hasMore: parts[3] == .bool(true))
    }

    private func position(_ step: JSONValue) -> ValueOutline.Position? {
      step.stringValue.map { .key($0) } ?? step.integer(Int.self).map { .index($0) }
    }

    func keys(prefix: String, after: String?, limit: Int) throws(MachineError) -> [String] {
      let start = after.map { JSONValue.string($0) } ?? .null
      let answer = try value(
        "names", [.text(prefix), .text(start.canonicalText), .number(Double(limit))])
      guard let names = try parse(textOf: answer)?.arrayValue else { throw misfit("names", answer) }
      return names.compactMap(\.stringValue)
    }
  }
#endif

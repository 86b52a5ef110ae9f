extension [StateDiff.Change] {
  /// One line for each path: `~` changed, `+` new, `-` gone.
  public func lines(limit: Int = .max, width: Int = 60) -> [String] {
    var lines = prefix(limit).map { $0.line(width) }
    if count > limit { lines.append("… and \(count - limit) more") }
    return lines
  }
}

extension StateDiff.Change {
  fileprivate func line(_ width: Int) -> String {
    switch (old, new) {
    case (let old?, let new?): "~ \(path)  \(StateDiff.change(old, new, width))"
    case (nil, let new?): "+ \(path)  \(StateDiff.short(new, width))\(moved)"
    case (let old?, nil): "- \(path)  \(StateDiff.short(old, width))\(moved)"
    case (nil, nil): "\(path)"
    }
  }

  /// What has another number in the array since.
  private var moved: String {
    let array = StatePath(Array(path.steps.dropLast()))
    if let index { return "  (put in at \(array.appending(.index(index))))" }
    guard let shift else { return "" }
    func span(_ range: Range<Int>) -> String {
      let first = array.appending(.index(range.lowerBound))
      return range.count == 1 ? "\(first)" : "\(first)…[\(range.upperBound - 1)]"
    }
    let new = shift.new..<(shift.new + shift.old.count)
    return "  (\(span(shift.old)) \(new.count == 1 ? "is" : "are") now \(span(new)))"
  }
}

extension StateDiff {
  /// One line for each path: `~` changed, `+` new, `-` gone.
  public func lines(limit: Int = .max, width: Int = 60) -> [String] {
    changes.lines(limit: limit, width: width)
  }

  /// A value and the one that it became; of long texts, only what is different in them.
  static func change(_ old: JSONValue, _ new: JSONValue, _ width: Int) -> String {
    if let change = TextChange(from: old, to: new, longerThan: width) {
      return change.description(width)
    }
    return "\(short(old, width)) → \(short(new, width))"
  }

  package static func short(_ value: JSONValue, _ width: Int) -> String {
    let text = value.canonicalText
    return text.count <= width ? text : text.prefix(width - 1) + "…"
  }

  /// The structure around the changes, with what did not change folded away.
  public var structure: [String] {
    guard !isEmpty else { return [] }
    var lines: [String] = []
    Self.draw(old, new, label: "", indent: 0, &lines)
    return lines
  }

  private static func draw(
    _ old: JSONValue, _ new: JSONValue, label: String, indent: Int, _ lines: inout [String]
  ) {
    let space = String(repeating: "  ", count: indent)
    guard let pairs = children(old, new) else {
      if let change = TextChange(from: old, to: new, longerThan: 60) {
        lines.append("~ \(space)\(label)\(change.description(60))")
        return
      }
      lines += block("-", old, label, indent) + block("+", new, label, indent)
      return
    }
    let isObject = if case .object = new { true } else { false }
    lines.append("  \(space)\(label)\(isObject ? "{" : "[")")
    var unchanged = 0
    if !isObject, case .array(let olds) = old {
      unchanged = olds.count - pairs.count { $0.old != nil }
    }
    func fold() {
      if unchanged > 0 { lines.append("  \(space)  … (\(unchanged) unchanged)") }
      unchanged = 0
    }
    for pair in pairs {
      switch (pair.old, pair.new) {
      case (let old?, let new?) where old == new:
        unchanged += 1
      case (let old?, let new?):
        fold()
        draw(old, new, label: pair.step.label, indent: indent + 1, &lines)
      case (let old, let new):
        fold()
        if let old { lines += block("-", old, pair.step.label, indent + 1) }
        if let new { lines += block("+", new, pair.step.label, indent + 1) }
      }
    }
    fold()
    lines.append("  \(space)\(isObject ? "}" : "]")")
  }

  private static func block(_ sign: String, _ value: JSONValue, _ label: String, _ indent: Int)
    -> [String]
  {
    let space = String(repeating: "  ", count: indent)
    let text = value.prettyText.split(separator: "\n", omittingEmptySubsequences: false)
    return text.enumerated().map { "\(sign) \(space)\($0 == 0 ? label : "")\($1)" }
  }
}

extension StatePath.Step {
  fileprivate var label: String {
    switch self {
    case .key(let key): "\(StatePath([.key(key)])): "
    case .index(let index): "\(index): "
    case .element(let member, let value): "\(member)=\(value): "
    }
  }
}

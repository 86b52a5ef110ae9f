import EvlogJSON

/// Values that are JSON within a text, as `json(payload).order.id` names them.
struct NestedValues {
  private struct Text {
    /// The operands whose values are in it, all of which have the text itself at first.
    let operands: [Int]
    let paths: JSONPaths
  }

  private var texts: [Text] = []
  /// The operands that are the bytes of a text.
  private var raw: [Int] = []
  /// Whether a text that is no JSON has no values, and is not refused.
  private let isLenient: Bool
  /// Whether a value of JSON that is a text is gone into; not where the type of a column says that it is JSON.
  private let readsTexts: Bool

  init(_ operands: [EventMapping.Operand], leniently: Bool = false, ofTypedColumns: Bool = false)
    throws(EventMapping.Invalid)
  {
    isLenient = leniently
    readsTexts = !ofTypedColumns
    raw = operands.indices.filter { operands[$0].isRaw }
    var groups: [(path: StatePath, operands: [Int])] = []
    for (i, operand) in operands.enumerated() where operand.inner != nil {
      if let known = groups.firstIndex(where: { $0.path == operand.path }) {
        groups[known].operands.append(i)
      } else {
        groups.append((operand.path, [i]))
      }
    }
    for group in groups {
      let paths = try JSONPaths.of(group.operands.map { operands[$0].inner ?? StatePath() })
      texts.append(Text(operands: group.operands, paths: paths))
    }
  }

  /// Puts the values in the place of the texts.
  mutating func resolve(_ values: inout [MappedValue]) throws(MappingProblem) {
    for operand in raw {
      switch values[operand] {
      case .text(let text): values[operand] = .bytes(Array(text.utf8)[...])
      case .json(let json) where readsTexts:
        if json.first == UInt8(ascii: "n") {
          values[operand] = .absent
        } else if let text = EventLine.text(json) {
          values[operand] = .bytes(Array(text.utf8)[...])
        }
      case .absent, .json, .bytes: break
      }
    }
    for text in texts {
      let ranges: [Range<Int>?]
      let bytes: ArraySlice<UInt8>
      switch values[text.operands[0]] {
      case .absent: continue
      case .text(let text): bytes = Array(text.utf8)[...]
      case .bytes(let some): bytes = some
      case .json(let json):
        if json.first == UInt8(ascii: "n") {
          for operand in text.operands { values[operand] = .absent }
          continue
        }
        bytes = (readsTexts ? EventLine.text(json).map { Array($0.utf8)[...] } : nil) ?? json
      }
      do { ranges = try Self.find(text.paths, in: bytes) } catch {
        if isLenient {
          for operand in text.operands { values[operand] = .absent }
          continue
        }
        throw MappingProblem("the text is not JSON: \(error).", at: text.operands[0])
      }
      for (operand, range) in zip(text.operands, ranges) {
        values[operand] =
          range.map {
            .json(bytes[(bytes.startIndex + $0.lowerBound)..<(bytes.startIndex + $0.upperBound)])
          }
          ?? .absent
      }
    }
  }
}

extension NestedValues {
  private static func find(_ paths: JSONPaths, in bytes: ArraySlice<UInt8>)
    throws(JSONParser.Failure) -> [Range<Int>?]
  {
    var ranges: [Range<Int>?] = []
    var mayRepeatKeys = false
    try paths.find(in: bytes.span, into: &ranges, mayRepeatKeys: &mayRepeatKeys)
    return ranges
  }
}

extension JSONPaths {
  /// Throws if one names an element by a member of it.
  static func of(_ paths: [StatePath]) throws(EventMapping.Invalid) -> JSONPaths {
    guard let paths = JSONPaths(paths) else {
      throw EventMapping.Invalid(
        description: "an element of an array is named by its index, as in lines[0].sku")
    }
    return paths
  }
}

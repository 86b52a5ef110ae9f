import EvlogTesting

@testable import EvlogSources

/// Makes random values of EDN, and writes them in one of the many ways in which they can be written.
struct EDNPrinter {
  var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
  private mutating func digits(_ most: Int) -> String {
    let count = below(most) + 1
    var text = "\(below(9) + 1)"
    while text.utf8.count < count { text += "\(below(10))" }
    return text
  }
  private mutating func name() -> String {
    let names = [
      "a", "b2", "-", "+x", "key/word", "a.b/c-d", "é", "x'", "?ok", "*", "<=>", "日本", "nil?",
    ]
    return names[below(names.count)]
  }
  private mutating func text() -> String {
    let scalars: [Unicode.Scalar] = [
      "a", "\"", "\\", "\n", "\t", "\r", "\u{0}", "\u{8}", "é", "\u{301}", "😀", ";", "#", "}", " ",
    ]
    var text = ""
    for _ in 0..<below(6) { text.unicodeScalars.append(scalars[below(scalars.count)]) }
    return text
  }

  // MARK: Values

  mutating func value(depth: Int = 4) -> EDNValue {
    let kind = below(depth == 0 ? 10 : 16)
    switch kind {
    case 0: return .null
    case 1: return .bool(below(2) == 0)
    case 2:
      let number = below(6) == 0 ? "0" : digits(30)
      return .integer(number != "0" && below(2) == 0 ? "-\(number)" : number)
    case 3:
      return .decimal(
        (below(2) == 0 ? "-" : "") + digits(8) + ".\(below(1000))"
          + (below(3) == 0 ? "e\(["", "-", "+"][below(3)])\(below(400))" : ""))
    case 4: return .ratio("\(below(2) == 0 ? "-" : "")\(digits(20))/\(digits(20))")
    case 5: return .symbolic(["Inf", "-Inf", "NaN"][below(3)])
    case 6: return .string(text())
    case 7:
      let scalars: [Unicode.Scalar] = [
        "a", "\n", " ", "\\", "(", "\"", "é", "u", "o", "\u{8}", "😀", ",",
      ]
      return .character(scalars[below(scalars.count)])
    case 8: return .keyword(name())
    case 9: return .symbol(name())
    case 10: return .list(values(depth))
    case 11: return .vector(values(depth))
    case 12: return .set(distinct(values(depth)))
    case 13, 14:
      return .map(distinct(values(depth)).map { .init($0, value(depth: depth - 1)) })
    default:
      return .tagged(["inst", "a.b/C", "jepsen.history.Op"][below(3)], value(depth: depth - 1))
    }
  }

  private mutating func values(_ depth: Int) -> [EDNValue] {
    (0..<below(5)).map { _ in value(depth: depth - 1) }
  }

  private func distinct(_ values: [EDNValue]) -> [EDNValue] {
    values.reduce(into: []) { result, value in
      if !result.contains(where: { Self.isSame($0, value) }) { result.append(value) }
    }
  }

  /// By bytes, and whatever the order of sets and maps is.
  private static func isSame(_ a: EDNValue, _ b: EDNValue) -> Bool {
    switch (a, b) {
    case (.string(let a), .string(let b)), (.keyword(let a), .keyword(let b)),
      (.symbol(let a), .symbol(let b)):
      a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)), (.vector(let a), .vector(let b)):
      a.elementsEqual(b, by: isSame)
    case (.set(let a), .set(let b)):
      a.count == b.count && a.allSatisfy { x in b.contains { isSame(x, $0) } }
    case (.map(let a), .map(let b)):
      a.count == b.count
        && a.allSatisfy { x in b.contains { isSame(x.key, $0.key) && isSame(x.value, $0.value) } }
    case (.tagged(let s, let a), .tagged(let t, let b)): s == t && isSame(a, b)
    default: a == b
    }
  }

  // MARK: Texts

  mutating func print(_ value: EDNValue) -> String {
    switch value {
    case .null: return "nil"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let text):
      let sign = text.hasPrefix("-") ? "" : ["", "", "+"][below(3)]
      return sign + text + (below(2) == 0 ? "N" : "")
    case .decimal(let text):
      return text.replacing("e", with: ["e", "E"][below(2)]) + (below(2) == 0 ? "M" : "")
    case .ratio(let text): return text
    case .symbolic(let text): return "##\(text)"
    case .string(let text): return quoted(text)
    case .character(let scalar): return character(scalar)
    case .keyword(let name): return ":\(name)"
    case .symbol(let name): return name
    case .list(let values): return "(\(joined(values)))"
    case .vector(let values): return "[\(joined(values))]"
    case .set(let values): return "#{\(joined(values))}"
    case .map(let entries): return "{\(joined(entries.flatMap { [$0.key, $0.value] }))}"
    case .tagged(let tag, let value): return "#\(tag)\(blank())\(print(value))"
    }
  }

  private mutating func joined(_ values: [EDNValue]) -> String {
    var text = below(2) == 0 ? "" : blank()
    for value in values { text += print(value) + blank() }
    return text
  }

  /// What may be between two values.
  mutating func blank() -> String {
    switch below(8) {
    case 0: ", "
    case 1: "\n\t"
    case 2: " ; a comment with ) and \"\n"
    case 3: " #_ discarded "
    case 4: " #_ #_ [1 \"}\"] {:a \\}} "
    case 5: "\r\n,,"
    default: " "
    }
  }

  private mutating func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n" where below(2) == 0: result += "\\n"
      case "\t" where below(2) == 0: result += "\\t"
      case "\r" where below(2) == 0: result += "\\r"
      default:
        if below(4) == 0 {
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16, uppercase: below(2) == 0)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private mutating func character(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\newline"
    case " ": return "\\space"
    case "\u{8}": return ["\\backspace", "\\u0008", "\\o10"][below(3)]
    case "a": return ["\\a", "\\u0061", "\\o141"][below(3)]
    default: return "\\\(scalar)"
    }
  }
}

/// A regular expression as it is written: the part of JavaScript's that an automaton can follow.
indirect enum Pattern {
  case set(ScalarSet)
  case sequence([Pattern])
  case choice([Pattern])
  case repeated(Pattern, from: Int, to: Int?)
  /// `^` and `$`.
  case start, end
}

/// Why a text is not a regular expression of the subset, and at which character of it, from 1.
struct PatternError: Error {
  let message: String
  let column: Int
}

/// Reads regular expressions as JavaScript does with the flag `u`: `.`, classes, groups, alternatives, `^`, `$` and
/// repetitions. What no automaton can follow is refused by name.
struct PatternParser {
  private let scalars: [UInt32]
  private var i = 0
  private var depth = 0

  private static let repetitionLimit = 1000
  private static let depthLimit = 64

  static func parse(_ text: String) throws(PatternError) -> Pattern {
    var parser = PatternParser(scalars: text.unicodeScalars.map(\.value))
    let pattern = try parser.choice()
    if parser.i < parser.scalars.count { throw parser.error("a ')' without its '('") }
    return pattern
  }

  private init(scalars: [UInt32]) { self.scalars = scalars }

  private func error(_ message: String, at place: Int? = nil) -> PatternError {
    PatternError(message: message, column: (place ?? i) + 1)
  }

  private var peek: Character? {
    i < scalars.count ? Unicode.Scalar(scalars[i]).map(Character.init) : nil
  }

  private mutating func take(_ character: Character) -> Bool {
    guard peek == character else { return false }
    i += 1
    return true
  }

  private mutating func choice() throws(PatternError) -> Pattern {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw error("groups are nested too deep") }
    var alternatives = [try sequence()]
    while take("|") { alternatives.append(try sequence()) }
    return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
  }

  private mutating func sequence() throws(PatternError) -> Pattern {
    var items: [Pattern] = []
    while let next = peek, next != "|", next != ")" {
      let start = i
      let item = try atom()
      items.append(try repetition(of: item, at: start))
    }
    return .sequence(items)
  }

  private mutating func atom() throws(PatternError) -> Pattern {
    let start = i
    let scalar = scalars[i]
    i += 1
    switch Unicode.Scalar(scalar).map(Character.init) {
    case "^": return .start
    case "$": return .end
    case ".": return .set(ScalarSet.lineEnds.inverted)
    case "[": return .set(try bracket())
    case "(": return try group(start)
    case "\\": return .set(try escape(inClass: false))
    case "*", "+", "?": throw error("there is nothing to repeat", at: start)
    case "{", "}", "]":
      throw error("a bracket that stands for itself is written with a \\ before it", at: start)
    default: return .set(ScalarSet([scalar...scalar]))
    }
  }

  private mutating func group(_ start: Int) throws(PatternError) -> Pattern {
    if take("?") {
      guard take(":") else {
        let kind: String =
          switch peek {
          case "=", "!": "look-ahead"
          case "<"
          where i + 1 < scalars.count && (scalars[i + 1] == 0x3D || scalars[i + 1] == 0x21):
            "look-behind"
          case "<": "a named group"
          default: "this kind of group"
          }
        throw error("\(kind) is not in the subset", at: start)
      }
    }
    let inner = try choice()
    guard take(")") else { throw error("the group does not end", at: start) }
    return inner
  }

  private mutating func repetition(of item: Pattern, at start: Int) throws(PatternError) -> Pattern
  {
    let place = i
    let bounds: (Int, Int?)
    switch peek {
    case "*": bounds = (0, nil)
    case "+": bounds = (1, nil)
    case "?": bounds = (0, 1)
    case "{":
      i += 1
      bounds = try counts(place)
      i -= 1
    default: return item
    }
    i += 1
    switch item {
    case .start, .end: throw error("'^' and '$' cannot be repeated", at: place)
    default: break
    }
    // Whether it takes as much or as little as it can changes nothing about whether it matches.
    _ = take("?")
    if let next = peek, "*+?{".contains(next) { throw error("there is nothing to repeat") }
    return .repeated(item, from: bounds.0, to: bounds.1)
  }

  /// What stands between braces, with the closing one.
  private mutating func counts(_ start: Int) throws(PatternError) -> (Int, Int?) {
    func malformed() -> PatternError {
      error("a repetition is written {2}, {2,} or {2,5}", at: start)
    }
    guard let from = number() else { throw malformed() }
    var to: Int? = from
    if take(",") { to = number() }
    guard take("}") else { throw malformed() }
    if let to, to < from { throw error("a repetition from \(from) to \(to)", at: start) }
    guard max(from, to ?? 0) <= Self.repetitionLimit else {
      throw error("more than \(Self.repetitionLimit) repetitions", at: start)
    }
    return (from, to)
  }

  private mutating func number() -> Int? {
    let start = i
    while let next = peek, next.isASCII, next.isNumber, i - start < 9 { i += 1 }
    return Int(
      String(String.UnicodeScalarView(scalars[start..<i].compactMap { Unicode.Scalar($0) })))
  }

  // MARK: Classes

  private mutating func bracket() throws(PatternError) -> ScalarSet {
    let start = i - 1
    let isInverted = take("^")
    var ranges: [ClosedRange<UInt32>] = []
    while !take("]") {
      guard i < scalars.count else { throw error("the class does not end", at: start) }
      let place = i
      let low = try member()
      guard peek == "-", i + 1 < scalars.count, scalars[i + 1] != 0x5D else {
        ranges += low.ranges
        continue
      }
      i += 1
      let high = try member()
      guard let first = low.single, let last = high.single else {
        throw error("a range needs a character on both sides", at: place)
      }
      guard first <= last else { throw error("a range that goes backwards", at: place) }
      ranges.append(first...last)
    }
    let set = ScalarSet(ranges)
    return isInverted ? set.inverted : set
  }

  private mutating func member() throws(PatternError) -> ScalarSet {
    let scalar = scalars[i]
    i += 1
    if scalar == 0x5C { return try escape(inClass: true) }
    return ScalarSet([scalar...scalar])
  }

  /// What stands after a backslash.
  private mutating func escape(inClass: Bool) throws(PatternError) -> ScalarSet {
    let start = i - 1
    guard let next = peek else { throw error("there is nothing after the \\", at: start) }
    i += 1
    func one(_ scalar: UInt32) -> ScalarSet { ScalarSet([scalar...scalar]) }
    switch next {
    case "d": return .digits
    case "D": return ScalarSet.digits.inverted
    case "w": return .word
    case "W": return ScalarSet.word.inverted
    case "s": return .space
    case "S": return ScalarSet.space.inverted
    case "t": return one(0x09)
    case "n": return one(0x0A)
    case "v": return one(0x0B)
    case "f": return one(0x0C)
    case "r": return one(0x0D)
    case "0": return one(0)
    case "x": return one(try hex(2, start))
    case "u": return one(try unicode(start))
    case "b" where inClass: return one(0x08)
    case "b", "B": throw error("\\\(next) is not in the subset", at: start)
    case "p", "P": throw error("properties of characters are not in the subset", at: start)
    case "k", "1"..."9": throw error("a reference to a group is not in the subset", at: start)
    case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/", "-":
      return one(scalars[i - 1])
    default: throw error("there is no escape \\\(next)", at: start)
    }
  }

  private mutating func hex(_ count: Int, _ start: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let digit = peek?.hexDigitValue else {
        throw error("\(count) hexadecimal digits are missing", at: start)
      }
      value = value << 4 | UInt32(digit)
      i += 1
    }
    return value
  }

  private mutating func unicode(_ start: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    if take("{") {
      let first = i
      while let digit = peek?.hexDigitValue, i - first < 6 {
        value = value << 4 | UInt32(digit)
        i += 1
      }
      guard i > first, take("}") else { throw error("a '}' is missing", at: start) }
    } else {
      value = try hex(4, start)
      // A pair of surrogates is one character.
      if (0xD800..<0xDC00).contains(value), take("\\"), take("u") {
        let low = try hex(4, start)
        if (0xDC00..<0xE000).contains(low) {
          value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
      }
    }
    guard Unicode.Scalar(value) != nil else { throw error("there is no such character", at: start) }
    return value
  }
}

extension ScalarSet {
  /// The only scalar in it, if it has one.
  fileprivate var single: UInt32? {
    ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
  }
}

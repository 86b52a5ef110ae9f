import EvlogJSON

/// A number of any size by its digits, to be compared exactly: 0.d₁d₂d₃… × 10^point.
struct ExactNumber: Sendable, Hashable {
  private var isNegative = false
  /// Without zeros at either end; none for 0.
  private var digits: [UInt8] = []
  private var point = 0

  /// A number as JSON has it: with a sign, a fraction and an exponent, where they are there.
  init(_ token: Span<UInt8>) {
    var i = 0
    if i < token.count, token[i] == UInt8(ascii: "-") {
      isNegative = true
      i += 1
    }
    var isFraction = false
    while i < token.count, token[i] | 0x20 != UInt8(ascii: "e") {
      if token[i] == UInt8(ascii: ".") {
        isFraction = true
      } else {
        if !digits.isEmpty || token[i] != 0x30 { digits.append(token[i]) }
        // A zero in front of the digits moves the point only behind it.
        if !isFraction, !digits.isEmpty { point += 1 }
        if isFraction, digits.isEmpty { point -= 1 }
      }
      i += 1
    }
    if i + 1 < token.count {
      let sign = token[i + 1] == UInt8(ascii: "-") ? -1 : 1
      var exponent = 0
      // The grammar bounds how many digits an exponent has.
      for j in (i + 1)..<token.count where token[j] &- 0x30 < 10 {
        exponent = exponent &* 10 &+ Int(token[j] &- 0x30)
      }
      point += sign * exponent
    }
    while digits.last == 0x30 { digits.removeLast() }
    if digits.isEmpty { (isNegative, point) = (false, 0) }
  }

  init(_ number: JSONNumber) { self.init(number.text.utf8Span.span) }

  var isWhole: Bool { point >= digits.count }
}

extension ExactNumber: Comparable {
  static func < (a: ExactNumber, b: ExactNumber) -> Bool {
    if a.digits.isEmpty || b.digits.isEmpty {
      return a.digits.isEmpty ? !b.digits.isEmpty && !b.isNegative : a.isNegative
    }
    if a.isNegative != b.isNegative { return a.isNegative }
    let (small, large) = a.isNegative ? (b, a) : (a, b)
    if small.point != large.point { return small.point < large.point }
    return small.digits.lexicographicallyPrecedes(large.digits)
  }
}

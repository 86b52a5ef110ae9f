import CEvlog
import EvlogCore

// What lies at a place, as values of Swift.
extension JSONText {
  func isNull(_ place: Int) -> Bool { slots[place].kind == .null }

  /// The bytes of a number, or between the quotes of a text that is written in the text.
  @inline(__always) private func withBytes<R>(
    _ slot: Slot, _ body: (Span<UInt8>) throws -> R
  ) rethrows -> R {
    let bytes = unsafe bytes
    return try unsafe body(bytes.span.extracting(slot.start..<(slot.start &+ slot.extent)))
  }

  /// The same of a key, wherever it lies.
  @inline(__always) func withKey<R>(_ slot: Slot, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    if slot.kind == .keyBeside {
      return try beside.withSpan(slot.start..<(slot.start + slot.extent), body)
    }
    return try withBytes(slot, body)
  }

  func unescaped(_ slot: Slot) -> [UInt8] { withBytes(slot) { JSONScanner.unescaped($0) } }

  // MARK: Texts

  func key(at place: Int) -> String { string(at: place) ?? "" }

  /// A text, or the name of a key; nil where there is something else.
  @inline(__always) func string(at place: Int) -> String? {
    let slot = slots[place]
    switch slot.kind {
    case .string, .key, .keyBeside:
      // The scan has made sure that it is UTF-8.
      return withKey(slot) { Self.text($0) }
    case .escapedString, .escapedKey: return String(decoding: unescaped(slot), as: UTF8.self)
    default: return nil
    }
  }

  /// A text of bytes that are known to be UTF-8.
  @inline(__always) private static func text(_ bytes: Span<UInt8>) -> String {
    if let text = SmallText.make(bytes) { return text }
    return unsafe String(copying: UTF8Span(unchecked: bytes))
  }

  // MARK: Numbers

  /// The one text of a number, or the name of a key, which may spell one; nil where there is neither.
  func decimal(at place: Int) -> String? {
    let slot = slots[place]
    switch slot.kind {
    case .whole, .number: return number(slot).text
    case .key, .keyBeside: return key(at: place)
    default: return nil
    }
  }

  private func number(_ slot: Slot) -> JSONNumber {
    withBytes(slot) { digits in
      if slot.kind == .whole, JSONNumber.isCanonical(digits) {
        return JSONNumber(canonical: unsafe String(copying: UTF8Span(unchecked: digits)))
      }
      return JSONNumber(token: digits.indices.map { digits[$0] }[...])
    }
  }

  /// A whole number that is written as one and fits; nil says nothing.
  @inline(__always) func plainInteger<T: FixedWidthInteger>(at place: Int, _ type: T.Type) -> T? {
    let slot = slots[place]
    guard slot.kind == .whole else { return nil }
    if T.bitWidth == 64, slot.hint > 0 { return T(truncatingIfNeeded: slot.hint &- 1) }
    if T.bitWidth == 64, let value = digits(of: slot) { return T(truncatingIfNeeded: value) }
    return withBytes(slot) { digits in
      let isNegative = digits[0] == UInt8(ascii: "-")
      var i = isNegative ? 1 : 0
      // So many digits fit in any case.
      if T.bitWidth == 64, digits.count <= 18 {
        var value: T = 0
        while i < digits.count {
          value = value &* 10 &+ T(truncatingIfNeeded: digits[i] &- 0x30)
          i &+= 1
        }
        if !isNegative { return value }
        return T.isSigned || value == 0 ? 0 &- value : nil
      }
      var value: T = 0
      while i < digits.count {
        let digit = T(truncatingIfNeeded: digits[i] &- 0x30)
        let (product, isOver) = value.multipliedReportingOverflow(by: 10)
        let (sum, isOverToo) =
          isNegative
          ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
        if isOver || isOverToo { return nil }
        value = sum
        i &+= 1
      }
      return value
    }
  }

  /// The number that four to sixteen digits make, eight at a time; nil says nothing.
  @inline(__always) private func digits(of slot: Slot) -> UInt64? {
    let (count, end) = (slot.extent, slot.start &+ slot.extent)
    guard count >= 4, count <= 16, end >= 16, unsafe bytes[slot.start] != UInt8(ascii: "-")
    else { return nil }
    if count <= 8 { return number(before: end, digits: count) }
    return number(before: end &- 8, digits: count &- 8) &* 100_000_000
      &+ number(before: end, digits: 8)
  }

  @inline(__always) private func number(before end: Int, digits: Int) -> UInt64 {
    let word = unsafe UnsafeRawBufferPointer(bytes).loadUnaligned(
      fromByteOffset: end &- 8, as: UInt64.self)
    return evlog_number(UInt64(littleEndian: word), UInt32(truncatingIfNeeded: digits))
  }

  /// A number that arithmetic on doubles gives exactly: few digits, and a small power of ten; nil says
  /// nothing.
  func plainDouble(at place: Int) -> Double? {
    let slot = slots[place]
    guard slot.kind == .whole || slot.kind == .number, slot.extent <= 17 else { return nil }
    return withBytes(slot) { digits in
      var (mantissa, fraction): (Int64, Int) = (0, 0)
      var hasPoint = false
      let isNegative = digits[0] == UInt8(ascii: "-")
      for i in (isNegative ? 1 : 0)..<digits.count {
        let digit = digits[i] &- 0x30
        if digit < 10 {
          mantissa = mantissa &* 10 &+ Int64(digit)
          if hasPoint { fraction &+= 1 }
        } else if digits[i] == UInt8(ascii: ".") {
          hasPoint = true
        } else {
          return nil
        }
      }
      guard mantissa < 1 << 53 else { return nil }
      // There is one zero.
      if mantissa == 0 { return 0 }
      let value = Double(isNegative ? -mantissa : mantissa)
      return fraction == 0 ? value : value / Self.powersOfTen[fraction]
    }
  }

  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  ]

  // MARK: Trees

  /// The value at a place as a tree.
  func value(at place: Int) -> JSONValue {
    let slot = slots[place]
    switch slot.kind {
    case .null: return .null
    case .yes: return .bool(true)
    case .no: return .bool(false)
    case .whole, .number: return .number(number(slot))
    case .string, .escapedString, .key, .escapedKey, .keyBeside, .oldKey:
      return .string(string(at: place) ?? "")
    case .array:
      var items: [JSONValue] = []
      var item = place + 1
      while item < slot.extent {
        items.append(value(at: item))
        item = after(item)
      }
      return .array(items)
    case .object, .checkedObject, .list:
      var members: [(String, JSONValue)] = []
      var key = place + 1
      while key < slot.extent {
        if slots[key].kind != .oldKey { members.append((self.key(at: key), value(at: key + 1))) }
        key = after(key + 1)
      }
      return .object(JSONObject(members))
    }
  }
}

/// A list of names as it stands at the head of a column of envelopes.
///
/// Names such as `order-118` or `cart-3f2c…` are many and differ in a number only. Those that share
/// what comes before the number make a pattern, and are written as the number alone, in binary: so
/// they take a third of the bytes, which no compressor gets out of digits that look random.
enum NameList {
  /// The names that share a beginning and a kind of ending.
  struct Pattern {
    /// From 1 to 18: so many decimal digits; or ``uuid``.
    var kind: UInt8
    var prefix: [UInt8]
    /// The least number of those names, and how many bytes the distance of the others from it takes.
    var first: UInt64 = 0
    var width: UInt8 = 0
  }

  /// The kind of a name that ends with a UUID in lower case.
  static let uuid: UInt8 = 32
  static let uuidTextCount = 36
  static let digitCounts: ClosedRange<UInt8> = 1...18
  /// A number shorter than this is not worth a pattern.
  private static let fewestDigits = 3
  /// At least this many names must share a pattern, and a list has at most this many patterns.
  private static let fewestNames = 4
  static let mostPatterns = 32

  /// Appends the names of a block, in their order.
  static func append(
    _ names: LocalNames, of table: borrowing NameTable, isCompact: Bool, to bytes: inout [UInt8]
  ) {
    let count = names.numbers.count
    bytes.appendVarint(UInt64(count))
    var found = Patterns()
    if isCompact, count >= fewestNames {
      found.look(at: names, of: table)
    }
    bytes.append(UInt8(truncatingIfNeeded: found.patterns.count))
    for pattern in found.patterns { append(pattern, to: &bytes) }
    if !found.patterns.isEmpty { bytes.append(contentsOf: found.patternOf) }
    if found.patternOf.isEmpty {
      table.appendCountsAndBytes(of: names.numbers, to: &bytes)
    } else {
      let plain = names.numbers.indices.filter { found.patternOf[$0] == 0 }
      table.appendCountsAndBytes(of: plain.map { names.numbers[$0] }, to: &bytes)
    }
    found.appendNumbers(of: names, table, to: &bytes)
  }

  private static func append(_ pattern: Pattern, to bytes: inout [UInt8]) {
    bytes.append(pattern.kind)
    bytes.appendVarint(UInt64(pattern.prefix.count))
    bytes.append(contentsOf: pattern.prefix)
    if pattern.kind != uuid {
      bytes.appendVarint(pattern.first)
      bytes.append(pattern.width)
    }
  }

  /// The patterns of a list, while it is written.
  private struct Patterns {
    var patterns: [Pattern] = []
    /// By name: its pattern from 1, or 0 where it is written as it is.
    var patternOf: [UInt8] = []
    /// By name: the number at its end.
    private var values: [UInt64] = []
    /// By pattern: the largest number, and how many names there are.
    private var largest: [UInt64] = []
    private var counts: [Int] = []

    /// Finds the patterns of some names.
    mutating func look(at names: LocalNames, of table: borrowing NameTable) {
      var patternOf: [UInt8] = []
      var values: [UInt64] = []
      patternOf.reserveCapacity(names.count)
      values.reserveCapacity(names.count)
      // Most names are of the same pattern as the one before.
      var run = Run()
      for number in names.numbers {
        let name = table[Int(number)]
        let ending = Ending(of: name)
        var place: UInt8 = 0
        if ending.kind != 0 {
          let prefix = name.extracting(first: name.count &- ending.count)
          if run.pattern < 0 || !matches(run.pattern, ending.kind, prefix) {
            end(&run)
            run.pattern = find(ending.kind, prefix)
          }
          if run.pattern < NameList.mostPatterns {
            run.add(ending.value)
            place = UInt8(truncatingIfNeeded: run.pattern &+ 1)
          }
        }
        patternOf.append(place)
        values.append(ending.value)
      }
      end(&run)
      self.patternOf = patternOf
      self.values = values
      drop()
    }

    /// Names of one pattern, one after the other.
    private struct Run {
      var pattern = -1
      var count = 0
      var least = UInt64.max
      var most: UInt64 = 0

      @inline(__always)
      mutating func add(_ value: UInt64) {
        count &+= 1
        least = min(least, value)
        most = max(most, value)
      }
    }

    private mutating func end(_ run: inout Run) {
      if run.count > 0 {
        patterns[run.pattern].first = min(patterns[run.pattern].first, run.least)
        largest[run.pattern] = max(largest[run.pattern], run.most)
        counts[run.pattern] += run.count
      }
      run = Run()
    }

    private func matches(_ i: Int, _ kind: UInt8, _ prefix: Span<UInt8>) -> Bool {
      guard i < patterns.count, patterns[i].kind == kind else { return false }
      let known = patterns[i].prefix
      return isEqual(known.span, prefix)
    }

    /// The pattern of an ending and what comes before it; ``mostPatterns`` where there are too many.
    private mutating func find(_ kind: UInt8, _ prefix: Span<UInt8>) -> Int {
      for i in patterns.indices {
        if matches(i, kind, prefix) { return i }
      }
      guard patterns.count < NameList.mostPatterns else { return NameList.mostPatterns }
      patterns.append(Pattern(kind: kind, prefix: prefix.copied(), first: .max))
      largest.append(0)
      counts.append(0)
      return patterns.count - 1
    }

    /// Takes out the patterns that few names have, and says how wide the others' numbers are.
    private mutating func drop() {
      var kept: [Pattern] = []
      var placeOf = [UInt8](repeating: 0, count: patterns.count + 1)
      for i in patterns.indices where counts[i] >= NameList.fewestNames {
        var pattern = patterns[i]
        let bits = UInt64.bitWidth - (largest[i] - pattern.first).leadingZeroBitCount
        pattern.width = UInt8((bits + 7) / 8)
        kept.append(pattern)
        placeOf[i + 1] = UInt8(truncatingIfNeeded: kept.count)
      }
      if kept.count < patterns.count {
        for i in patternOf.indices { patternOf[i] = placeOf[Int(patternOf[i])] }
      }
      patterns = kept
      if kept.isEmpty { patternOf = [] }
    }

    /// The numbers of the names that have a pattern, in the order of the names.
    func appendNumbers(
      of names: LocalNames, _ table: borrowing NameTable, to bytes: inout [UInt8]
    ) {
      guard !patterns.isEmpty else { return }
      bytes.append(addingCapacity: names.count * 16) { output in
        for i in patternOf.indices where patternOf[i] > 0 {
          let place = Int(patternOf[i]) &- 1
          if patterns[place].kind == NameList.uuid {
            let name = table[Int(names.numbers[i])]
            let text = name.extracting(last: NameList.uuidTextCount)
            guard let packed = IdentifierCoding.packed(text) else { continue }
            for j in packed.indices { output.append(packed[j]) }
          } else {
            var rest = values[i] &- patterns[place].first
            for _ in 0..<patterns[place].width {
              output.append(UInt8(truncatingIfNeeded: rest))
              rest &>>= 8
            }
          }
        }
      }
    }
  }

  /// What a name ends with: digits, a UUID, or neither.
  private struct Ending {
    /// 0 where the name is written as it is.
    var kind: UInt8 = 0
    var count = 0
    var value: UInt64 = 0

    @inline(__always)
    init(of name: Span<UInt8>) {
      guard name.count > 0, name[name.count &- 1] < 0x80 else { return }
      if name.count >= NameList.uuidTextCount, name[name.count &- 13] == UInt8(ascii: "-"),
        IdentifierCoding.packed(name.extracting(last: NameList.uuidTextCount)) != nil
      {
        (kind, count) = (NameList.uuid, NameList.uuidTextCount)
        return
      }
      var digits = name.count < 8 ? 0 : Decimal.read(name, into: &value)
      if digits == 8 || name.count < 8 {
        (digits, value) = Self.digits(of: name)
      }
      if digits >= NameList.fewestDigits {
        (kind, count) = (UInt8(truncatingIfNeeded: digits), digits)
      } else {
        value = 0
      }
    }

    /// Digit by digit, as many as a pattern may have.
    @inline(never)
    private static func digits(of name: Span<UInt8>) -> (count: Int, value: UInt64) {
      var (value, power): (UInt64, UInt64) = (0, 1)
      var digits = 0
      while digits < min(name.count, Int(NameList.digitCounts.upperBound)) {
        let digit = name[name.count &- 1 &- digits] &- UInt8(ascii: "0")
        if digit > 9 { break }
        value &+= UInt64(digit) &* power
        power &*= 10
        digits &+= 1
      }
      return (digits, value)
    }
  }
}

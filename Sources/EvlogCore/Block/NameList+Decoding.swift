extension NameList {
  /// A list that was read, whose names with a pattern are still numbers.
  struct Stored {
    /// How many names it has, and where they are among the block's names.
    var names: Range<Int> = 0..<0
    private var patterns: [StoredPattern] = []
    /// Where in the column each name's pattern is, and the numbers.
    private var patternOf = 0
    private var numbers = 0
    /// The bytes of the texts that the numbers stand for.
    private(set) var textCount = 0

    /// A pattern as it stands in a column.
    fileprivate struct StoredPattern {
      var kind: UInt8
      /// Where its prefix is in the column.
      var prefixStart: Int
      var prefixCount: Int
      var first: UInt64 = 0
      var width = 0
      /// The greatest number that has so many digits.
      var most: UInt64 = 0

      var digitCount: Int { kind == NameList.uuid ? uuidTextCount : Int(kind) }
      var storedCount: Int { kind == NameList.uuid ? 16 : width }
      var textCount: Int { prefixCount + digitCount }
    }

    /// A list without names.
    init() {}

    /// Reads a list. The names that are written as they are get their places in the column; the others the
    /// places that their texts will have, from `start` on.
    @_lifetime(reader: copy reader)
    init(_ reader: inout ByteReader, into names: inout [BlockNames.Place], texts start: Int)
      throws(ByteReader.Malformed)
    {
      let count = try reader.count(upTo: reader.remaining)
      let firstName = names.count
      self.names = firstName..<(firstName + count)
      let patternCount = Int(try reader.byte())
      guard patternCount <= NameList.mostPatterns else {
        throw ByteReader.Malformed(position: reader.position)
      }
      for _ in 0..<patternCount { patterns.append(try Self.pattern(&reader)) }
      patternOf = patternCount == 0 ? reader.position : try reader.skip(count).lowerBound
      names.reserveCapacity(firstName + count)
      var plainBytes = 0
      var stored = 0
      var i = 0
      while i < count {
        let place = patternCount == 0 ? 0 : Int(reader.bytes[patternOf &+ i])
        let end = patternCount == 0 ? count : endOfRun(from: i, in: reader.bytes)
        defer { i = end }
        guard place > 0 else {
          for _ in i..<end {
            let length = try reader.count(upTo: reader.remaining)
            names.append(
              BlockNames.Place(
                start: UInt32(truncatingIfNeeded: plainBytes),
                count: UInt32(truncatingIfNeeded: length)))
            plainBytes &+= length
            guard plainBytes <= reader.remaining else {
              throw ByteReader.Malformed(position: reader.position)
            }
          }
          continue
        }
        guard place <= patternCount else { throw ByteReader.Malformed(position: patternOf &+ i) }
        names.append(
          contentsOf: repeatElement(BlockNames.Place(start: .max, count: 0), count: end &- i))
        stored &+= (end &- i) &* patterns[place &- 1].storedCount
        textCount &+= (end &- i) &* patterns[place &- 1].textCount
      }
      let texts = try reader.skip(plainBytes)
      if plainBytes > 0 { try place(&names, in: texts, reader.bytes) }
      numbers = try reader.skip(stored).lowerBound
      if !patterns.isEmpty { try placeTexts(&names, at: start, reader.bytes) }
    }

    @_lifetime(reader: copy reader)
    private static func pattern(_ reader: inout ByteReader) throws(ByteReader.Malformed)
      -> StoredPattern
    {
      let kind = try reader.byte()
      let prefix = try reader.skip(try reader.count(upTo: Limits.streamNameBytes))
      do { _ = try UTF8Span(validating: reader.bytes.extracting(prefix)) } catch {
        throw ByteReader.Malformed(position: prefix.lowerBound)
      }
      var pattern = StoredPattern(
        kind: kind, prefixStart: prefix.lowerBound, prefixCount: prefix.count)
      if kind == NameList.uuid { return pattern }
      guard NameList.digitCounts.contains(kind) else {
        throw ByteReader.Malformed(position: reader.position)
      }
      pattern.first = try reader.varint()
      pattern.width = Int(try reader.byte())
      pattern.most = (0..<kind).reduce(1) { power, _ in power * 10 } - 1
      guard pattern.width <= 8, pattern.first <= pattern.most else {
        throw ByteReader.Malformed(position: reader.position)
      }
      return pattern
    }

    /// Lets the names that are written as they are begin where their bytes are.
    private func place(
      _ names: inout [BlockNames.Place], in texts: Range<Int>, _ bytes: Span<UInt8>
    ) throws(ByteReader.Malformed) {
      let text = bytes.extracting(texts)
      do { _ = try UTF8Span(validating: text) } catch {
        throw ByteReader.Malformed(position: texts.lowerBound)
      }
      for i in self.names where names[i].start != .max {
        let name = names[i]
        // All of them together are UTF-8; each is, if none begins inside of a character.
        if name.count > 0, text[Int(name.start)] & 0xC0 == 0x80 {
          throw ByteReader.Malformed(position: texts.lowerBound + Int(name.start))
        }
        names[i].start &+= UInt32(truncatingIfNeeded: texts.lowerBound)
      }
    }

    /// Says where the texts will be of the names that have a pattern, and checks their numbers.
    private func placeTexts(
      _ names: inout [BlockNames.Place], at start: Int, _ bytes: Span<UInt8>
    ) throws(ByteReader.Malformed) {
      guard start + textCount <= Int(UInt32.max) else {
        throw ByteReader.Malformed(position: numbers)
      }
      let isRight = unsafe bytes.withUnsafeBytes { bytes in
        guard let source = bytes.baseAddress else { return true }
        var names = names.mutableSpan
        var isRight = true
        unsafe forEachRun(in: source) { run, pattern in
          for i in 0..<run.names.count {
            names[self.names.lowerBound &+ run.names.lowerBound &+ i] = BlockNames.Place(
              start: UInt32(truncatingIfNeeded: start &+ run.text &+ i &* pattern.textCount),
              count: UInt32(truncatingIfNeeded: pattern.textCount))
          }
          if unsafe !pattern.canWrite(run.names.count, from: source + run.number) {
            isRight = false
          }
        }
        return isRight
      }
      if !isRight { throw ByteReader.Malformed(position: numbers) }
    }

    /// The bytes behind a column that may be read, and those behind its texts that may be written to.
    static let slack = 16

    /// Writes the texts of the names that have a pattern.
    ///
    /// `source` is the column, behind which ``slack`` more bytes can be read; `target` has room for
    /// ``textCount`` bytes and for ``slack`` more.
    func writeTexts(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer) {
      unsafe forEachRun(in: source) { run, pattern in
        unsafe pattern.writeTexts(run.names.count, from: source, run.number, to: target + run.text)
      }
    }

    /// Names of one pattern that follow each other, as most do.
    private struct Run {
      var names: Range<Int>
      /// Where in the column their numbers are, and where among the texts theirs are.
      var number: Int
      var text = 0
    }

    private func forEachRun(in column: UnsafeRawPointer, _ body: (Run, StoredPattern) -> Void) {
      if patterns.isEmpty { return }
      var run = Run(names: 0..<0, number: numbers)
      while run.names.upperBound < names.count {
        let first = run.names.upperBound
        run.names = unsafe first..<endOfRun(from: first, in: column)
        let place = unsafe column.load(fromByteOffset: patternOf &+ first, as: UInt8.self)
        if place == 0 { continue }
        let pattern = patterns[Int(place) &- 1]
        body(run, pattern)
        run.number &+= run.names.count &* pattern.storedCount
        run.text &+= run.names.count &* pattern.textCount
      }
    }

    /// Where the names of one pattern end that begin with a name: most follow others of their own.
    private func endOfRun(from first: Int, in column: borrowing Span<UInt8>) -> Int {
      unsafe column.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return first + 1 }
        return unsafe endOfRun(from: first, in: start)
      }
    }

    private func endOfRun(from first: Int, in column: UnsafeRawPointer) -> Int {
      let places = unsafe column + patternOf
      let place = unsafe places.load(fromByteOffset: first, as: UInt8.self)
      let eight = UInt64(place) &* 0x0101_0101_0101_0101
      var i = first &+ 1
      while i &+ 8 <= names.count,
        unsafe places.loadUnaligned(fromByteOffset: i, as: UInt64.self) == eight
      {
        i &+= 8
      }
      while i < names.count, unsafe places.load(fromByteOffset: i, as: UInt8.self) == place {
        i &+= 1
      }
      return i
    }
  }
}

extension NameList.Stored.StoredPattern {
  /// Whether so many numbers that begin at `numbers` have as many digits as the pattern, or fewer.
  fileprivate func canWrite(_ count: Int, from numbers: UnsafeRawPointer) -> Bool {
    if kind == NameList.uuid { return true }
    var largest: UInt64 = 0
    for i in 0..<count { largest = unsafe max(largest, Self.load(numbers + i &* width, width)) }
    let (value, isTooLarge) = first.addingReportingOverflow(largest)
    return !isTooLarge && value <= most
  }

  /// Writes the texts of so many numbers, which begin at a place in the column.
  fileprivate func writeTexts(
    _ count: Int, from column: UnsafeRawPointer, _ number: Int, to target: UnsafeMutableRawPointer
  ) {
    let (digits, width, first) = (digitCount, width, first)
    let (prefixStart, prefixCount) = (prefixStart, prefixCount)
    var (number, text) = (number, 0)
    for _ in 0..<count {
      unsafe Self.copy(column + prefixStart, prefixCount, to: target + text)
      text &+= prefixCount
      if kind == NameList.uuid {
        unsafe IdentifierCoding.writeText(of: column + number, to: target + text)
      } else {
        let value = unsafe first &+ Self.load(column + number, width)
        unsafe Decimal.write(value, digits: digits, to: target + text)
      }
      number &+= storedCount
      text &+= digits
    }
  }

  /// Copies a few bytes, eight at a time: what lies behind is overwritten next.
  @inline(__always)
  private static func copy(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) {
    var i = 0
    repeat {
      unsafe target.storeBytes(
        of: source.loadUnaligned(fromByteOffset: i, as: UInt64.self), toByteOffset: i,
        as: UInt64.self)
      i &+= 8
    } while i < count
  }

  /// Up to eight bytes, little-endian; more are there to be read.
  @inline(__always)
  private static func load(_ bytes: UnsafeRawPointer, _ width: Int) -> UInt64 {
    let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(as: UInt64.self))
    return width == 8 ? word : word & (1 &<< UInt64(8 &* width) &- 1)
  }
}

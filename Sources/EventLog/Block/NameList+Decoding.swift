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

    /// Reads a list; the names that are written as they are get their places in the column.
    @_lifetime(reader: copy reader)
    init(_ reader: inout ByteReader, into names: inout [EventBlock.NameRange])
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
              EventBlock.NameRange(
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
          contentsOf: repeatElement(EventBlock.NameRange(start: .max, count: 0), count: end &- i))
        stored &+= (end &- i) &* patterns[place &- 1].storedCount
        textCount &+= (end &- i) &* patterns[place &- 1].textCount
      }
      let texts = try reader.skip(plainBytes)
      if plainBytes > 0 { try place(&names, in: texts, reader.bytes) }
      numbers = reader.position
      _ = try reader.skip(stored)
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
      _ names: inout [EventBlock.NameRange], in texts: Range<Int>, _ bytes: Span<UInt8>
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

    /// The bytes beyond the texts that ``writeTexts(_:at:in:)`` may write to.
    static let slack = 16

    /// Writes the texts of the names that have a pattern behind the column, and says where they are.
    ///
    /// `column` has room for them, and for ``slack`` more.
    func writeTexts(
      _ names: inout [EventBlock.NameRange], at start: Int, in column: inout [UInt8]
    ) throws(ByteReader.Malformed) {
      if patterns.isEmpty { return }
      guard column.count >= start + textCount + Self.slack else {
        throw ByteReader.Malformed(position: start)
      }
      let isRight = unsafe column.withUnsafeMutableBytes { column in
        guard let bytes = column.baseAddress else { return true }
        var names = names.mutableSpan
        return unsafe writeTexts(&names, at: start, in: bytes)
      }
      if !isRight { throw ByteReader.Malformed(position: numbers) }
    }

    /// The same in memory that is known to be there; false where a number has too many digits.
    @_lifetime(names: copy names)
    private func writeTexts(
      _ names: inout MutableSpan<EventBlock.NameRange>, at start: Int,
      in bytes: UnsafeMutableRawPointer
    ) -> Bool {
      var text = start
      var number = numbers
      var i = 0
      while i < self.names.count {
        let place = unsafe bytes.load(fromByteOffset: patternOf &+ i, as: UInt8.self)
        let first = i
        i = unsafe endOfRun(from: i, in: bytes)
        if place == 0 { continue }
        let pattern = patterns[Int(place) &- 1]
        for name in first..<i {
          names[self.names.lowerBound &+ name] = EventBlock.NameRange(
            start: UInt32(truncatingIfNeeded: text &+ (name &- first) &* pattern.textCount),
            count: UInt32(truncatingIfNeeded: pattern.textCount))
        }
        guard unsafe pattern.writeTexts(i &- first, of: number, at: text, in: bytes) else {
          return false
        }
        text &+= (i &- first) &* pattern.textCount
        number &+= (i &- first) &* pattern.storedCount
      }
      return true
    }
  }
}

extension NameList.Stored.StoredPattern {
  /// Writes the texts of some numbers; false where one has too many digits.
  fileprivate func writeTexts(
    _ count: Int, of number: Int, at text: Int, in bytes: UnsafeMutableRawPointer
  ) -> Bool {
    let (digits, width, first, most) = (digitCount, width, first, most)
    let (prefixStart, prefixCount) = (prefixStart, prefixCount)
    var isRight = true
    var (number, text) = (number, text)
    for _ in 0..<count {
      unsafe Self.copy(bytes + prefixStart, prefixCount, to: bytes + text)
      text &+= prefixCount
      if kind == NameList.uuid {
        unsafe IdentifierCoding.writeText(of: bytes + number, to: bytes + text)
      } else {
        let distance = unsafe Self.load(bytes + number, width)
        let (value, isTooLarge) = first.addingReportingOverflow(distance)
        if isTooLarge || value > most { isRight = false }
        unsafe Decimal.write(value, digits: digits, to: bytes + text)
      }
      number &+= storedCount
      text &+= digits
    }
    return isRight
  }

  /// Copies a few bytes, eight at a time: what lies behind is overwritten next.
  @inline(__always)
  private static func copy(
    _ source: UnsafeMutableRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
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
  private static func load(_ bytes: UnsafeMutableRawPointer, _ width: Int) -> UInt64 {
    let word = UInt64(littleEndian: unsafe bytes.loadUnaligned(as: UInt64.self))
    return width == 8 ? word : word & (1 &<< UInt64(8 &* width) &- 1)
  }
}

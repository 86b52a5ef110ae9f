/// The places of a stream's events in a segment: how far each is from the one before, in Rice's code.
///
/// R. F. Rice, "Some practical universal noiseless coding techniques", 1979. A distance takes as many one bits as
/// 2^k is in it, a zero bit, and its k lower bits. With k of about the mean distance, that is within half a bit of the
/// best code for events that come at random.
enum PlaceList {
  static func encoded(_ places: ArraySlice<UInt32>) -> [UInt8] {
    guard let last = places.last else { return [] }
    let mean = UInt64(last) / UInt64(places.count)
    let bits = mean == 0 ? 0 : UInt64(63 - mean.leadingZeroBitCount)
    var writer = BitWriter()
    var next: UInt32 = 0
    for place in places {
      let distance = UInt64(place &- next)
      next = place &+ 1
      var ones = distance &>> bits
      while ones >= 32 {
        writer.append(UInt64(UInt32.max), count: 32)
        ones &-= 32
      }
      writer.append(1 &<< ones &- 1, count: ones &+ 1)
      writer.append(distance & (1 &<< bits &- 1), count: bits)
    }
    return [UInt8(bits)] + writer.finish()
  }

  static func decode(_ list: Span<UInt8>, count: Int, below limit: Int) throws(ByteReader.Malformed)
    -> [Int]
  {
    guard list.count > 0, list[0] < 32, count <= limit else {
      throw ByteReader.Malformed(position: 0)
    }
    let bits = Int(list[0])
    var places: [Int] = []
    places.reserveCapacity(count)
    var next = 0
    // Of the list's bits behind the first byte.
    var position = 8
    let end = list.count * 8
    for _ in 0..<count {
      var ones = 0
      while true {
        let word = word(list, at: position)
        let run = (~word).trailingZeroBitCount
        // Of a word, 57 bits are sure to be those of the list.
        if run < 57 {
          ones &+= run
          position &+= run &+ 1
          break
        }
        ones &+= 57
        position &+= 57
        guard position < end else { throw ByteReader.Malformed(position: list.count) }
      }
      let low = Int(truncatingIfNeeded: word(list, at: position) & (1 &<< UInt64(bits) &- 1))
      position &+= bits
      guard position <= end, ones <= limit &>> bits else {
        throw ByteReader.Malformed(position: list.count)
      }
      next &+= ones &<< bits &+ low
      guard next < limit else { throw ByteReader.Malformed(position: list.count) }
      places.append(next)
      next &+= 1
    }
    guard (position + 7) / 8 == list.count else { throw ByteReader.Malformed(position: list.count) }
    return places
  }

  /// The bits from a position on; zeros behind the list.
  @inline(__always)
  private static func word(_ list: Span<UInt8>, at position: Int) -> UInt64 {
    let first = position &>> 3
    var word: UInt64 = 0
    if first &+ 8 <= list.count {
      word = unsafe UInt64(
        littleEndian: list.bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: first, as: UInt64.self))
    } else {
      var i = first
      while i < list.count {
        word |= UInt64(list[i]) &<< UInt64(8 &* (i &- first))
        i &+= 1
      }
    }
    return word &>> UInt64(position & 7)
  }

  private struct BitWriter {
    private var bytes: [UInt8] = []
    private var word: UInt64 = 0
    private var filled: UInt64 = 0

    /// Appends up to 33 bits.
    mutating func append(_ bits: UInt64, count: UInt64) {
      word |= bits &<< filled
      filled &+= count
      while filled >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: word))
        word &>>= 8
        filled &-= 8
      }
    }

    consuming func finish() -> [UInt8] {
      if filled > 0 { bytes.append(UInt8(truncatingIfNeeded: word)) }
      return bytes
    }
  }
}

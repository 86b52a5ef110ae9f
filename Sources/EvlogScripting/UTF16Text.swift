#if JavaScript
  import EvlogJSON

  /// A text that grows, in UTF-16: JavaScriptCore takes that several times faster than UTF-8.
  @safe struct UTF16Text: ~Copyable {
    private(set) var units: UnsafeMutablePointer<UInt16>
    private(set) var count = 0
    private var capacity = 1 << 16

    init() { unsafe units = .allocate(capacity: capacity) }

    deinit { unsafe units.deallocate() }

    mutating func removeAll() { count = 0 }

    mutating func append(_ character: UInt8) {
      reserve(1)
      unsafe units[count] = UInt16(character)
      count &+= 1
    }

    /// Bytes that are known to be UTF-8.
    mutating func append(utf8 bytes: Span<UInt8>) {
      // Never more units than bytes.
      reserve(bytes.count)
      let place = unsafe units + count
      var all: UInt8 = 0
      for i in bytes.indices {
        let byte = unsafe bytes[unchecked: i]
        unsafe place[i] = UInt16(byte)
        all |= byte
      }
      guard all >= 0x80 else {
        count &+= bytes.count
        return
      }
      for unit in unsafe String(copying: UTF8Span(unchecked: bytes)).utf16 {
        unsafe units[count] = unit
        count &+= 1
      }
    }

    mutating func append(_ text: String) { append(utf8: text.utf8Span.span) }

    /// Bytes that are known to be UTF-8, as a JSON string.
    mutating func append(quoting bytes: Span<UInt8>) {
      var quoted: [UInt8] = []
      JSONValue.write(unsafe String(copying: UTF8Span(unchecked: bytes)), to: &quoted)
      append(utf8: quoted.span)
    }

    mutating func append(_ other: borrowing UTF16Text) {
      reserve(other.count)
      unsafe (units + count).update(from: other.units, count: other.count)
      count &+= other.count
    }

    private mutating func reserve(_ more: Int) {
      guard count + more > capacity else { return }
      capacity = max(2 * capacity, count + more)
      let larger = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
      unsafe larger.update(from: units, count: count)
      unsafe units.deallocate()
      unsafe units = larger
    }
  }
#endif

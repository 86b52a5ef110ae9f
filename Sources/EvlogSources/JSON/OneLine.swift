/// JSON that is written over several lines, on one.
enum OneLine {
  /// The same value without the white space between its parts, if there are line breaks in it; otherwise the bytes as
  /// they are. A log shows its events as lines, and indentation is nothing that an event says.
  static func json(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard bytes.contains(0x0A) || bytes.contains(0x0D) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var isInText = false
    var isEscaped = false
    for byte in bytes {
      if isInText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInText = false
        }
      } else if byte <= 0x20 {
        continue
      } else if byte == UInt8(ascii: "\"") {
        isInText = true
      }
      result.append(byte)
    }
    return result[...]
  }
}

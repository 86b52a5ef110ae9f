/// Base64 as in RFC 4648, section 4.
package enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  package static func encode(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    var i = bytes.startIndex
    while i < bytes.endIndex {
      let group = bytes[i..<min(i + 3, bytes.endIndex)]
      let word = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for k in 0..<4 {
        text.append(k <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * k) & 63)] : 0x3D)
      }
      i += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil where the text is not base64 with its padding.
  package static func decode(_ text: String) -> [UInt8]? {
    let characters = Array(text.utf8)
    guard characters.count % 4 == 0 else { return nil }
    var bytes: [UInt8] = []
    for i in stride(from: 0, to: characters.count, by: 4) {
      let group = characters[i..<(i + 4)]
      let padding = group.reversed().prefix { $0 == 0x3D }.count
      guard padding <= 2, padding == 0 || i + 4 == characters.count else { return nil }
      var word: UInt32 = 0
      for character in group {
        if character == 0x3D {
          word <<= 6
          continue
        }
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        word = word << 6 | UInt32(value)
      }
      guard !group.dropLast(padding).contains(0x3D) else { return nil }
      for k in 0..<(3 - padding) { bytes.append(UInt8(word >> UInt32(16 - 8 * k) & 0xFF)) }
    }
    return bytes
  }
}

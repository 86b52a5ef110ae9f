/// All of an input as one text, for formats in which no line stands alone.
struct InputText {
  /// Longer texts are not read: all of one is in memory.
  static let byteLimit = 256 << 20

  /// Lines end with a newline alone; a carriage return before it is left out.
  let text: String

  init(_ input: inout InputBytes) throws(SourceError) {
    var bytes: [UInt8] = []
    while try input.read(into: &bytes) {
      guard bytes.count <= Self.byteLimit else {
        throw SourceError(
          input.name,
          .malformed(
            "the text has more than \(Self.byteLimit >> 20) MiB, and all of it is read at once. "
              + "Split it between two records."))
      }
    }
    if bytes.contains(0x0D) { bytes = Self.withoutReturns(bytes) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Self.notUTF8(bytes, of: input.name)
    }
    self.text = text
  }

  private static func withoutReturns(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for (i, byte) in bytes.enumerated()
    where byte != 0x0D || i + 1 == bytes.count || bytes[i + 1] != 0x0A { result.append(byte) }
    return result
  }

  /// Names the first line that is not UTF-8.
  private static func notUTF8(_ bytes: [UInt8], of name: String) -> SourceError {
    var number = 0
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      if String(validating: line, as: UTF8.self) == nil { break }
    }
    return SourceError(name, .malformed("the text is not UTF-8."), line: number)
  }
}

/// A part of an input that is read by itself: a line, an element of an array, a row.
package struct InputRecord {
  /// The line on which it begins, from 1.
  package let number: Int
  /// The column at which it begins, in characters from 1.
  let column: Int
  /// Without the newline at its end.
  package let bytes: [UInt8]

  package init(number: Int, column: Int = 1, bytes: [UInt8]) {
    self.number = number
    self.column = column
    self.bytes = bytes
  }

  /// What is wrong with it at one of its bytes. It can be set aside.
  func error(_ problem: SourceError.Problem, at byte: Int, of input: String) -> SourceError {
    let before = bytes.prefix(byte)
    var (line, start) = (number, 0)
    for i in before.indices where before[i] == 0x0A { (line, start) = (line + 1, i + 1) }
    let characters = String(decoding: before[start...], as: UTF8.self).count
    return SourceError(
      input, problem, line: line, column: characters + (line == number ? column : 1), record: bytes)
  }

  func wrong(_ message: String, at byte: Int, of input: String) -> SourceError {
    error(.malformed(message), at: byte, of: input)
  }
}

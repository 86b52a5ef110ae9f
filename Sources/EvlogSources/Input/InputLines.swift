#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The lines of an input that are not blank.
package struct InputLines {
  /// A line longer than this is no event that a log would take.
  static let lineLimit = 64 << 20

  package private(set) var input: InputBytes
  package var name: String { input.name }
  private var buffer: [UInt8] = []
  /// Where the next line begins, and up to where no newline is: no byte is looked at twice for one.
  private var position = 0
  private var searched = 0
  private var number = 0
  private var isAtEnd = false

  package init(_ path: String) throws(SourceError) { self.init(try InputBytes(path)) }

  init(_ input: InputBytes) { self.input = input }

  package func close() { input.close() }

  /// The next line that is not blank, or nil after the last.
  package mutating func next() throws(SourceError) -> InputRecord? {
    while true {
      if let newline = newline(from: searched) {
        let line = Array(buffer[position..<newline])
        position = newline + 1
        searched = position
        number += 1
        if !Self.isBlank(line) { return InputRecord(number: number, bytes: line) }
        continue
      }
      searched = buffer.count
      if isAtEnd {
        guard position < buffer.count else { return nil }
        let line = Array(buffer[position...])
        position = buffer.count
        number += 1
        return Self.isBlank(line) ? nil : InputRecord(number: number, bytes: line)
      }
      try fill()
    }
  }

  private func newline(from start: Int) -> Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      guard start < bytes.count, let first = bytes.baseAddress,
        let found = unsafe memchr(first + start, 0x0A, bytes.count - start)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - first
    }
  }

  private static func isBlank(_ line: [UInt8]) -> Bool {
    // Most lines begin with what is no space.
    if let first = line.first, first > 0x20 { return false }
    return line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  private mutating func fill() throws(SourceError) {
    buffer.removeFirst(position)
    searched -= position
    position = 0
    guard buffer.count <= Self.lineLimit else {
      throw SourceError(
        name, .malformed("the line has more than \(Self.lineLimit >> 20) MiB."), line: number + 1)
    }
    // A last line without a newline may not be whole: what is wrong behind it is thrown before it.
    isAtEnd = try !input.read(into: &buffer)
  }
}

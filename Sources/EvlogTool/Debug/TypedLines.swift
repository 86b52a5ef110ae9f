import SystemPackage

/// The lines of standard input as they are typed. (`readLine` of the standard library may turn in a
/// circle at the end of the input, where an interrupted call has left its mark in `errno`.)
struct TypedLines {
  private var buffer: [UInt8] = []
  private var isAtEnd = false

  /// The next line without its end; nil after the last.
  mutating func next() throws -> String? {
    while true {
      if let newline = buffer.firstIndex(of: 0x0A) {
        defer { buffer.removeSubrange(...newline) }
        return text(buffer[..<newline])
      }
      if isAtEnd {
        defer { buffer = [] }
        return buffer.isEmpty ? nil : text(buffer[...])
      }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = try unsafe chunk.withUnsafeMutableBytes {
        try unsafe FileDescriptor.standardInput.read(into: $0)
      }
      isAtEnd = count == 0
      buffer += chunk[..<count]
    }
  }

  private func text(_ line: ArraySlice<UInt8>) -> String {
    String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
  }
}

import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The lines of a file or a pipe, of standard input (`-`), or of any of them compressed by gzip.
package struct InputLines {
  package struct Line {
    /// From 1.
    package let number: Int
    /// Without the newline.
    package let bytes: [UInt8]

    package init(number: Int, bytes: [UInt8]) {
      self.number = number
      self.bytes = bytes
    }
  }

  /// A line longer than this is no event that a log would take.
  static let lineLimit = 64 << 20
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  let name: String
  private let descriptor: FileDescriptor
  private var inflater: Inflater?
  private var buffer: [UInt8] = []
  /// Where the next line begins, and up to where no newline is: no byte is looked at twice for one.
  private var position = 0
  private var searched = 0
  private var number = 0
  private var isAtEnd = false
  /// What went wrong behind the lines that are still in the buffer.
  private var pendingError: (any Error)?
  /// The bytes that were read so far, for a progress bar, and how many there are in a file.
  private(set) var bytesRead: UInt64 = 0
  let byteCount: UInt64?
  private var isCompressed: Bool { inflater != nil }
  /// Whether something was wrong with the compression, so that no line of it is sure.
  var isDamaged: Bool { pendingError != nil }

  /// `verifying` reads a compressed file to its end first, so that none of its lines is believed
  /// before its checksums are. A pipe cannot be read twice: what is wrong with it shows where it is.
  package init(_ path: String, verifying: Bool = false) throws {
    if path == "-" {
      name = "standard input"
      descriptor = .standardInput
    } else {
      name = path
      do { descriptor = try FileDescriptor.open(FilePath(path), .readOnly) } catch {
        throw Failure.usage("The file cannot be read: \(path): \(error)")
      }
    }
    byteCount = path == "-" ? nil : Self.size(of: descriptor)
    do {
      try begin()
      if verifying, isCompressed, byteCount != nil { try verify() }
    } catch {
      close()
      throw error
    }
  }

  // Only read from: a failing close loses nothing.
  package func close() { if descriptor != .standardInput { try? descriptor.close() } }

  /// The size of a regular file; nil for all else, which need not have an end.
  private static func size(of descriptor: FileDescriptor) -> UInt64? {
    var info = stat()
    guard unsafe fstat(descriptor.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return UInt64(info.st_size)
  }

  /// Reads the first bytes, which say what it is.
  private mutating func begin() throws {
    // A pipe may give less at first than it takes to know that.
    var start = try readChunk()
    while start.count < 3 {
      let more = try readChunk()
      if more.isEmpty { break }
      start += more
    }
    if start.starts(with: [0x1F, 0x8B]) {
      let inflater = try Inflater(name)
      self.inflater = inflater
      inflate(start, inflater)
    } else {
      buffer = start
    }
    if buffer.starts(with: Self.byteOrderMark) { position = 3 }
    searched = position
  }

  /// Goes through all of a compressed file, and back to its beginning.
  private mutating func verify() throws {
    let inflater = try Inflater(name)
    try rewind()
    while true {
      let chunk = try readChunk()
      if chunk.isEmpty { break }
      try inflater.check(chunk)
    }
    try inflater.finish()
    try rewind()
    try begin()
  }

  private mutating func rewind() throws {
    do { try descriptor.seek(offset: 0, from: .start) } catch {
      throw Failure(.failed, "\(name) cannot be read: \(error)")
    }
    bytesRead = 0
    buffer = []
    position = 0
    pendingError = nil
  }

  private mutating func readChunk() throws -> [UInt8] {
    let descriptor = descriptor
    do {
      let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
        count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      bytesRead += UInt64(chunk.count)
      return chunk
    } catch { throw Failure(.failed, "\(name) cannot be read: \(error)") }
  }

  /// The next line that is not blank, or nil after the last.
  package mutating func next() throws -> Line? {
    while true {
      if let newline = newline(from: searched) {
        let line = Array(buffer[position..<newline])
        position = newline + 1
        searched = position
        number += 1
        if !Self.isBlank(line) { return Line(number: number, bytes: line) }
        continue
      }
      searched = buffer.count
      if isAtEnd {
        // A last line without a newline may be one that is not whole.
        if let pendingError { throw pendingError }
        guard position < buffer.count else { return nil }
        let line = Array(buffer[position...])
        position = buffer.count
        number += 1
        return Self.isBlank(line) ? nil : Line(number: number, bytes: line)
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
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  private mutating func fill() throws {
    buffer.removeFirst(position)
    searched -= position
    position = 0
    guard buffer.count <= Self.lineLimit else {
      throw Failure.usage(
        "\(name), line \(number + 1): the line has more than \(Self.lineLimit >> 20) MiB.")
    }
    let chunk = try readChunk()
    if let inflater {
      if chunk.isEmpty {
        do { try inflater.finish() } catch { pendingError = error }
        isAtEnd = true
      } else {
        inflate(chunk, inflater)
      }
    } else if chunk.isEmpty {
      isAtEnd = true
    } else {
      buffer += chunk
    }
  }

  private mutating func inflate(_ chunk: [UInt8], _ inflater: Inflater) {
    do { try inflater.inflate(chunk, into: &buffer) } catch {
      pendingError = error
      isAtEnd = true
    }
  }
}

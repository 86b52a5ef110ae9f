import CZlib
import SystemPackage

/// The lines of a file, of standard input (`-`), or of either compressed by gzip.
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

  let name: String
  private let descriptor: FileDescriptor
  private var inflater: Inflater?
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false
  /// The bytes that were read so far, for a progress bar, and how many there are in a file.
  private(set) var bytesRead: UInt64 = 0
  let byteCount: UInt64?

  package init(_ path: String) throws {
    if path == "-" {
      name = "standard input"
      descriptor = .standardInput
      byteCount = nil
    } else {
      name = path
      do {
        descriptor = try FileDescriptor.open(FilePath(path), .readOnly)
        byteCount = try UInt64(descriptor.seek(offset: 0, from: .end))
        try descriptor.seek(offset: 0, from: .start)
      } catch {
        throw Failure.usage("The file cannot be read: \(path): \(error)")
      }
    }
    // A pipe may give less at first than it takes to know what it is.
    var start = try readChunk()
    while start.count < 3 {
      let more = try readChunk()
      if more.isEmpty { break }
      start += more
    }
    if start.starts(with: [0x1F, 0x8B]) {
      inflater = try Inflater(name)
      buffer = try inflater?.inflate(start) ?? []
    } else {
      buffer = start
    }
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  package func close() { if descriptor != .standardInput { try? descriptor.close() } }

  private mutating func readChunk() throws -> [UInt8] {
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    let count: Int
    do {
      count = try unsafe chunk.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
    } catch { throw Failure(.failed, "\(name) cannot be read: \(error)") }
    bytesRead += UInt64(count)
    return Array(chunk[..<count])
  }

  /// The next line that is not blank, or nil after the last.
  package mutating func next() throws -> Line? {
    while true {
      if let newline = buffer[position...].firstIndex(of: 0x0A) {
        let line = Array(buffer[position..<newline])
        position = newline + 1
        number += 1
        if !Self.isBlank(line) { return Line(number: number, bytes: line) }
        continue
      }
      if isAtEnd {
        guard position < buffer.count else { return nil }
        let line = Array(buffer[position...])
        position = buffer.count
        number += 1
        return Self.isBlank(line) ? nil : Line(number: number, bytes: line)
      }
      try fill()
    }
  }

  private static func isBlank(_ line: [UInt8]) -> Bool {
    line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  private mutating func fill() throws {
    buffer.removeFirst(position)
    position = 0
    guard buffer.count <= Self.lineLimit else {
      throw Failure.usage(
        "\(name), line \(number + 1): the line has more than \(Self.lineLimit >> 20) MiB.")
    }
    let chunk = try readChunk()
    if let inflater {
      if chunk.isEmpty {
        try inflater.finish()
        isAtEnd = true
      } else {
        buffer += try inflater.inflate(chunk)
      }
    } else if chunk.isEmpty {
      isAtEnd = true
    } else {
      buffer += chunk
    }
  }
}

/// Undoes gzip, chunk by chunk; several members one after the other count as one.
@safe final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>
  private let name: String
  private var isBetweenMembers = false

  init(_ name: String) throws {
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    self.name = name
    guard unsafe evlog_inflate_init_gzip(stream) == Z_OK else {
      throw Failure(.failed, "gzip cannot be read: zlib does not start")
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func inflate(_ compressed: [UInt8]) throws -> [UInt8] {
    var result: [UInt8] = []
    var input = compressed
    var chunk = [UInt8](repeating: 0, count: 1 << 18)
    var status = Z_OK
    unsafe input.withUnsafeMutableBufferPointer { input in
      unsafe stream.pointee.next_in = input.baseAddress
      unsafe stream.pointee.avail_in = UInt32(input.count)
      while unsafe stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0 {
        if isBetweenMembers {
          if unsafe stream.pointee.avail_in == 0 { break }
          unsafe inflateReset(stream)
          isBetweenMembers = false
        }
        let produced = unsafe chunk.withUnsafeMutableBufferPointer { chunk in
          unsafe stream.pointee.next_out = chunk.baseAddress
          unsafe stream.pointee.avail_out = UInt32(chunk.count)
          status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
          return unsafe chunk.count - Int(stream.pointee.avail_out)
        }
        result += chunk[..<produced]
        if status == Z_STREAM_END { isBetweenMembers = true }
        if status != Z_OK && status != Z_STREAM_END { break }
      }
    }
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      throw Failure.usage("\(name) is not whole gzip: it is damaged.")
    }
    return result
  }

  /// Throws where the last member has no end.
  func finish() throws {
    guard isBetweenMembers else {
      throw Failure.usage("\(name) is not whole gzip: it ends early.")
    }
  }
}

import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file or a pipe, or of standard input (`-`); what is compressed by gzip or
/// Zstandard is decompressed.
package struct InputBytes {
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  package let name: String
  private let descriptor: FileDescriptor
  /// What is still to come of an input that is in memory.
  private var pieces: ArraySlice<[UInt8]>?
  private var decompressor: (any Decompressor)?
  /// What was read to find out whether it is compressed.
  private var start: [UInt8] = []
  /// What is wrong with the compression behind the bytes that were given out.
  private var pendingError: SourceError?
  /// How many bytes were read so far, as they are in the file, for a progress bar.
  package private(set) var bytesRead: UInt64 = 0
  /// How many there are in a file; nil for all else, which need not have an end.
  package let byteCount: UInt64?
  /// Whether something was wrong with the compression, so that none of the bytes is sure.
  package var isDamaged: Bool { pendingError != nil }

  /// `verifying` reads a compressed file to its end first, so that none of its bytes is believed
  /// before its checksums are. A pipe cannot be read twice: what is wrong with it shows where it is.
  package init(_ path: String, verifying: Bool = false) throws(SourceError) {
    if path == "-" {
      name = "standard input"
      descriptor = .standardInput
    } else {
      name = path
      do { descriptor = try FileDescriptor.open(FilePath(path), .readOnly) } catch {
        throw SourceError(path, .notOpened("\(error)"))
      }
    }
    byteCount = path == "-" ? nil : Self.size(of: descriptor)
    do {
      try begin()
      if verifying, decompressor != nil, byteCount != nil { try verify() }
    } catch {
      close()
      throw error
    }
  }

  /// Bytes in memory, which are read in the pieces that are given.
  package init(_ name: String, pieces: [[UInt8]]) throws(SourceError) {
    self.name = name
    self.pieces = pieces[...]
    descriptor = .standardInput
    byteCount = nil
    try begin()
  }

  // Only read from: a failing close loses nothing.
  package func close() { if descriptor != .standardInput { try? descriptor.close() } }

  /// The size of a regular file; nil for all else.
  private static func size(of descriptor: FileDescriptor) -> UInt64? {
    var info = stat()
    guard unsafe fstat(descriptor.rawValue, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return UInt64(info.st_size)
  }

  /// Adds the next bytes to a buffer; false if there are no more.
  package mutating func read(into buffer: inout [UInt8]) throws(SourceError) -> Bool {
    if !start.isEmpty {
      buffer += start
      start = []
      return true
    }
    if let pendingError { throw pendingError }
    let chunk = try readChunk()
    guard let decompressor else {
      buffer += chunk
      return !chunk.isEmpty
    }
    do {
      if chunk.isEmpty {
        try decompressor.finish()
        return false
      }
      try decompressor.decompress(chunk, into: &buffer)
    } catch {
      // What came before it is still read; the error is met behind it.
      pendingError = error
      if chunk.isEmpty { throw error }
    }
    return true
  }

  /// Reads the first bytes, which say what it is.
  private mutating func begin() throws(SourceError) {
    // A pipe may give less at first than it takes to know that.
    var first = try readChunk()
    while first.count < 4 {
      let more = try readChunk()
      if more.isEmpty { break }
      first += more
    }
    decompressor = try decompressor(of: first)
    if let decompressor {
      do { try decompressor.decompress(first, into: &start) } catch { pendingError = error }
    } else {
      start = first
    }
    if start.starts(with: Self.byteOrderMark) { start.removeFirst(3) }
  }

  /// What undoes the compression of an input that begins so; nil if it is not compressed.
  private func decompressor(of first: [UInt8]) throws(SourceError) -> (any Decompressor)? {
    if first.starts(with: [0x1F, 0x8B]) { return try Inflater(name) }
    return ZstdInflater.begins(first) ? try ZstdInflater(name) : nil
  }

  /// Goes through all of a compressed file, and back to its beginning.
  private mutating func verify() throws(SourceError) {
    try rewind()
    var decompressor: (any Decompressor)?
    while true {
      let chunk = try readChunk()
      if chunk.isEmpty { break }
      if decompressor == nil { decompressor = try self.decompressor(of: chunk) }
      try decompressor?.check(chunk)
    }
    try decompressor?.finish()
    try rewind()
    try begin()
  }

  private mutating func rewind() throws(SourceError) {
    do { try descriptor.seek(offset: 0, from: .start) } catch {
      throw SourceError(name, .notRead("\(error)"))
    }
    bytesRead = 0
    start = []
    pendingError = nil
  }

  private mutating func readChunk() throws(SourceError) -> [UInt8] {
    if pieces != nil {
      while let piece = pieces?.popFirst() {
        if !piece.isEmpty { return piece }
      }
      return []
    }
    let descriptor = descriptor
    do {
      let chunk = try unsafe [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
        count = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      bytesRead += UInt64(chunk.count)
      return chunk
    } catch { throw SourceError(name, .notRead("\(error)")) }
  }
}

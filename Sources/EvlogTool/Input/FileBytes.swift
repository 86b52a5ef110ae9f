import SystemPackage

/// The bytes of a file, read here and there.
struct FileBytes {
  private let path: FilePath

  init(_ path: FilePath) throws { self.path = path }

  /// Up to `count` bytes from the beginning, of a pipe as well.
  func readFirst(_ count: Int) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      // Only read from: a failing close loses nothing.
      defer { try? file.close() }
      var bytes: [UInt8] = []
      while bytes.count < count {
        let more = try unsafe [UInt8](unsafeUninitializedCapacity: count - bytes.count) {
          $1 = try unsafe file.read(into: UnsafeMutableRawBufferPointer($0))
        }
        if more.isEmpty { break }
        bytes += more
      }
      return bytes
    } catch {
      throw Failure(.failed, "The file cannot be read: \(path): \(error)")
    }
  }

  /// Up to `count` bytes from a position on; fewer at the end of the file.
  func read(_ position: UInt64, count: Int) throws -> [UInt8] {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      // Only read from: a failing close loses nothing.
      defer { try? file.close() }
      var bytes = [UInt8](repeating: 0, count: count)
      var filled = 0
      while filled < count {
        let got = try unsafe bytes.withUnsafeMutableBytes {
          try unsafe file.read(
            fromAbsoluteOffset: Int64(position) + Int64(filled),
            into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
        }
        if got == 0 { break }
        filled += got
      }
      return Array(bytes[..<filled])
    } catch {
      throw Failure(.failed, "The file cannot be read: \(path): \(error)")
    }
  }
}

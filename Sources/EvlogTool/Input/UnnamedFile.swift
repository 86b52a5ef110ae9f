import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file without a name: it is gone when it is closed.
struct UnnamedFile {
  let descriptor: FileDescriptor

  /// A file with these bytes, to be read from its beginning.
  init(_ bytes: [UInt8] = []) throws {
    let path = Self.folder.appending("evlog-\(UInt64.random(in: .min ... .max))")
    descriptor = try FileDescriptor.open(
      path, .readWrite, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
    unsafe path.withPlatformString { _ = unsafe unlink($0) }
    try descriptor.writeAll(bytes)
    try descriptor.seek(offset: 0, from: .start)
  }

  /// All that is in it.
  func bytes() throws -> [UInt8] {
    let size = try descriptor.seek(offset: 0, from: .end)
    var bytes = [UInt8](repeating: 0, count: Int(size))
    _ = try unsafe bytes.withUnsafeMutableBytes {
      try unsafe descriptor.read(fromAbsoluteOffset: 0, into: $0)
    }
    return bytes
  }

  // It has no name, so that nothing of it is kept anyway.
  func close() { try? descriptor.close() }

  private static var folder: FilePath {
    guard let folder = unsafe getenv("TMPDIR") else { return "/tmp" }
    return unsafe FilePath(String(cString: folder))
  }
}

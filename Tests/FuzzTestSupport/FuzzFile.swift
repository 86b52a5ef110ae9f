import EvlogTesting
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Gives the path of a file in memory with these bytes, which is removed afterwards.
func withFile<T>(of bytes: [UInt8], _ body: (String) throws -> T) throws -> T {
  let path = FilePath("/dev/shm/evlog-fuzz-\(getpid())-\(UInt32.random(in: .min ... .max))")
  let descriptor = try FileDescriptor.open(
    path, .writeOnly, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
  defer { unsafe path.withPlatformString { p in _ = unsafe unlink(p) } }
  try descriptor.closeAfter { _ = try descriptor.writeAll(bytes) }
  return try body(path.string)
}

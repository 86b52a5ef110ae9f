import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The operating system's own calls, one each.
final class PosixKernel: Kernel {
  static let shared = PosixKernel()

  @discardableResult
  private func check<T: SignedInteger>(_ result: T) throws(Errno) -> T {
    if result == -1 { throw Errno(rawValue: errno) }
    return result
  }

  func open(_ path: FilePath, _ mode: KernelOpenMode) throws(Errno) -> Int32 {
    let flags =
      switch mode {
      case .read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK
      case .readWrite: O_RDWR | O_NOFOLLOW | O_NONBLOCK
      case .create: O_RDWR | O_CREAT | O_EXCL
      case .folder: O_RDONLY | O_DIRECTORY
      }
    let descriptor = try check(
      unsafe path.withPlatformString { p in
        #if canImport(Glibc)
          unsafe Glibc.open(p, flags | O_CLOEXEC, 0o644)
        #elseif canImport(Musl)
          unsafe Musl.open(p, flags | O_CLOEXEC, 0o644)
        #else
          unsafe Darwin.open(p, flags | O_CLOEXEC, 0o644)
        #endif
      })
    guard mode == .read || mode == .readWrite else { return descriptor }
    do throws(Errno) {
      // A pipe or a device in the place of a file could let a read wait for ever.
      if try status(descriptor).kind != .file { throw .notSupported }
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  func close(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    var info = stat()
    try check(unsafe fstat(descriptor, &info))
    return FileStatus(info)
  }

  func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int {
    try check(unsafe pread(descriptor, buffer.baseAddress, buffer.count, off_t(position)))
  }

  func write(
    _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int {
    try check(unsafe pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(position)))
  }

  func truncate(_ descriptor: Int32, to size: UInt64) throws(Errno) {
    try check(ftruncate(descriptor, off_t(size)))
  }

  func sync(_ descriptor: Int32) throws(Errno) {
    #if canImport(Darwin)
      try check(fcntl(descriptor, F_FULLFSYNC))
    #else
      try check(fdatasync(descriptor))
    #endif
  }

  func syncFolder(_ descriptor: Int32) throws(Errno) { try check(fsync(descriptor)) }

  func lock(_ descriptor: Int32, exclusive: Bool) throws(Errno) {
    try check(flock(descriptor, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB))
  }

  func unlock(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }

  func rename(_ from: FilePath, to: FilePath) throws(Errno) {
    try check(
      unsafe from.withPlatformString { a in
        unsafe to.withPlatformString { b in
          #if canImport(Glibc)
            unsafe Glibc.rename(a, b)
          #elseif canImport(Musl)
            unsafe Musl.rename(a, b)
          #else
            unsafe Darwin.rename(a, b)
          #endif
        }
      })
  }

  func unlink(_ path: FilePath) throws(Errno) {
    try check(
      unsafe path.withPlatformString { p in
        #if canImport(Glibc)
          unsafe Glibc.unlink(p)
        #elseif canImport(Musl)
          unsafe Musl.unlink(p)
        #else
          unsafe Darwin.unlink(p)
        #endif
      })
  }

  func makeDirectory(_ path: FilePath) throws(Errno) {
    try check(unsafe path.withPlatformString { p in unsafe mkdir(p, 0o755) })
  }

  func status(_ path: FilePath) throws(Errno) -> FileStatus? {
    var info = stat()
    do throws(Errno) {
      try check(unsafe path.withPlatformString { p in unsafe lstat(p, &info) })
    } catch  where error == .noSuchFileOrDirectory || error == .notDirectory {
      return nil
    }
    return FileStatus(info)
  }

  func list(_ path: FilePath) throws(Errno) -> [String] {
    guard let handle = unsafe path.withPlatformString({ p in unsafe opendir(p) }) else {
      throw Errno(rawValue: errno)
    }
    defer { _ = unsafe closedir(handle) }
    var names: [String] = []
    while let entry = unsafe readdir(handle) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The first sixteen digits of Linux's boot id.
  let boot: UInt64 = {
    let path: FilePath = "/proc/sys/kernel/random/boot_id"
    // Elsewhere than on Linux, or where /proc is not to be seen, there is none: 0 is never the same boot.
    guard let file = try? FileDescriptor.open(path, .readOnly) else { return 0 }
    defer { try? file.close() }
    var text = [UInt8](repeating: 0, count: 36)
    let count = unsafe (try? text.withUnsafeMutableBytes { unsafe try file.read(into: $0) }) ?? 0
    let digits = text[..<count].filter { $0 != UInt8(ascii: "-") }.prefix(16)
    return UInt64(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
  }()
}

extension FileStatus {
  fileprivate init(_ info: stat) {
    let kind: Kind =
      switch info.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      default: .device
      }
    self.init(
      kind: kind, id: ID(device: UInt64(info.st_dev), number: UInt64(info.st_ino)),
      size: UInt64(info.st_size))
  }
}

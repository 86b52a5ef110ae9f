import EvlogStore
import EvlogTesting
import Synchronization
import SystemPackage

/// A disk one of whose reads of a segment, once, gives other bytes than are there.
final class FlakyKernel: Kernel {
  private let disk: SimulatedDisk
  private let segments = Mutex<Set<Int32>>([])
  private let countdown = Mutex<Int?>(nil)

  init(_ disk: SimulatedDisk) { self.disk = disk }

  /// Lets the n-th read of a segment from now go wrong.
  func failRead(_ nth: Int) { countdown.withLock { $0 = nth } }

  /// Whether it did.
  var hasFailed: Bool { countdown.withLock { ($0 ?? 1) <= 0 } }

  func open(_ path: FilePath, _ mode: KernelOpenMode) throws(Errno) -> Int32 {
    let descriptor = try disk.open(path, mode)
    if path.extension == "active" || path.extension == "sealed" {
      segments.withLock { _ = $0.insert(descriptor) }
    }
    return descriptor
  }

  func close(_ descriptor: Int32) {
    segments.withLock { _ = $0.remove(descriptor) }
    disk.close(descriptor)
  }

  func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int {
    let count = unsafe try disk.read(descriptor, into: buffer, at: position)
    guard count > 0, segments.withLock({ $0.contains(descriptor) }) else { return count }
    let isNow = countdown.withLock { left in
      guard let now = left else { return false }
      left = now - 1
      return now == 1
    }
    if isNow { unsafe buffer[count / 2] ^= 0x40 }
    return count
  }

  func status(_ descriptor: Int32) throws(Errno) -> FileStatus { try disk.status(descriptor) }
  func write(
    _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int { unsafe try disk.write(descriptor, from: buffer, at: position) }
  func truncate(_ descriptor: Int32, to size: UInt64) throws(Errno) {
    try disk.truncate(descriptor, to: size)
  }
  func sync(_ descriptor: Int32) throws(Errno) { try disk.sync(descriptor) }
  func syncFolder(_ descriptor: Int32) throws(Errno) { try disk.syncFolder(descriptor) }
  func lock(_ descriptor: Int32, exclusive: Bool) throws(Errno) {
    try disk.lock(descriptor, exclusive: exclusive)
  }
  func unlock(_ descriptor: Int32) { disk.unlock(descriptor) }
  func rename(_ from: FilePath, to: FilePath) throws(Errno) { try disk.rename(from, to: to) }
  func unlink(_ path: FilePath) throws(Errno) { try disk.unlink(path) }
  func makeDirectory(_ path: FilePath) throws(Errno) { try disk.makeDirectory(path) }
  func status(_ path: FilePath) throws(Errno) -> FileStatus? { disk.status(path) }
  func list(_ path: FilePath) throws(Errno) -> [String] { try disk.list(path) }
  var boot: UInt64 { disk.boot }
}

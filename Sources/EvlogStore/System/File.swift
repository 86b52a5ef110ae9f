import SystemPackage

/// An open file, closed when the last reference to it goes.
///
/// All reads and writes name their position, so a file can be shared between threads.
final class File: Sendable {
  typealias Mode = KernelOpenMode

  let path: FilePath
  let system: SystemCalls
  private let descriptor: Int32

  init(_ path: FilePath, _ mode: Mode, _ system: SystemCalls) throws(EventLogError) {
    do throws(EventLogError) {
      descriptor = try system.make(.open, path) { () throws(Errno) in
        try system.kernel.open(path, mode)
      }
    } catch {
      throw mode == .folder ? error : system.named(error, path)
    }
    self.path = path
    self.system = system
  }

  deinit { system.kernel.close(descriptor) }

  func size() throws(EventLogError) -> UInt64 { try status().size }

  func status() throws(EventLogError) -> FileStatus {
    try system.make(.status, path) { () throws(Errno) in try system.kernel.status(descriptor) }
  }

  /// Reads up to `count` bytes; fewer come back only at the end of the file.
  func read(at position: UInt64, count: Int) throws(EventLogError) -> [UInt8] {
    var result = Result<Int, EventLogError>.success(0)
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { room, filled in
      let room = unsafe UnsafeMutableRawBufferPointer(start: room.baseAddress, count: count)
      unsafe result = read(at: position, room)
      // A failure is thrown below.
      filled = (try? result.get()) ?? 0
    }
    _ = try result.get()
    return bytes
  }

  /// Reads up to `count` bytes to the front of a buffer, which grows where it is too small.
  ///
  /// Returns how many there were: fewer only at the end of the file.
  func read(at position: UInt64, count: Int, into buffer: inout [UInt8]) throws(EventLogError)
    -> Int
  {
    if buffer.count < count { buffer = [UInt8](repeating: 0, count: count) }
    return try unsafe buffer.withUnsafeMutableBytes { room in
      unsafe read(at: position, UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
    }.get()
  }

  private func read(at position: UInt64, _ room: UnsafeMutableRawBufferPointer)
    -> Result<Int, EventLogError>
  {
    Result { () throws(EventLogError) in
      var filled = 0
      while filled < room.count {
        let start = position + UInt64(filled)
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[filled...])
        let got = try system.make(.read, path, byte: start) { () throws(Errno) in
          unsafe try system.kernel.read(descriptor, into: rest, at: start)
        }
        if got == 0 { break }
        filled += got
      }
      return filled
    }
  }

  func write(_ bytes: [UInt8], at position: UInt64) throws(EventLogError) {
    var failure: EventLogError?
    unsafe bytes.withUnsafeBytes { buffer in
      var written = 0
      do throws(EventLogError) {
        while written < buffer.count {
          let start = position + UInt64(written)
          let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
          written += try system.make(.write, path, byte: start) { () throws(Errno) in
            unsafe try system.kernel.write(descriptor, from: rest, at: start)
          }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Writes zeros over a range: blocks that are written, not merely reserved, sync fastest.
  func writeZeros(_ range: Range<UInt64>) throws(EventLogError) {
    let chunk = [UInt8](repeating: 0, count: Int(min(1 << 20, UInt64(range.count))))
    var position = range.lowerBound
    while position < range.upperBound {
      let rest = range.upperBound - position
      if rest < UInt64(chunk.count) {
        try write(Array(chunk[..<Int(rest)]), at: position)
        return
      }
      try write(chunk, at: position)
      position += UInt64(chunk.count)
    }
  }

  func truncate(to size: UInt64) throws(EventLogError) {
    try system.make(.truncate, path) { () throws(Errno) in
      try system.kernel.truncate(descriptor, to: size)
    }
  }

  /// Returns once everything written is on disk, if the disk reports that truthfully.
  func sync() throws(EventLogError) {
    try system.make(.sync, path) { () throws(Errno) in try system.kernel.sync(descriptor) }
  }

  /// Takes the whole-file lock without waiting; false where another process holds it.
  func tryLock(exclusive: Bool) throws(EventLogError) -> Bool {
    do throws(EventLogError) {
      try system.make(.lock, path) { () throws(Errno) in
        try system.kernel.lock(descriptor, exclusive: exclusive)
      }
      return true
    } catch  where error.errno == .wouldBlock {
      return false
    }
  }

  func unlock() { system.kernel.unlock(descriptor) }
}

package import SystemPackage

/// What evlog asks of the system that keeps its files: the one seam below all file operations.
///
/// A descriptor has no position of its own: reads and writes name theirs. Interrupted calls throw
/// `interrupted`; ``SystemCalls`` makes them again.
package protocol Kernel: AnyObject, Sendable {
  /// Opens a regular file, through no symbolic link, and never waits for it; or a folder.
  func open(_ path: FilePath, _ mode: KernelOpenMode) throws(Errno) -> Int32
  func close(_ descriptor: Int32)
  func status(_ descriptor: Int32) throws(Errno) -> FileStatus
  /// Reads at most the buffer's bytes, and returns their number; 0 at the end of the file.
  func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int
  /// Writes at most the buffer's bytes, and returns their number.
  func write(
    _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int
  func truncate(_ descriptor: Int32, to size: UInt64) throws(Errno)
  /// Makes a file's bytes and length durable.
  func sync(_ descriptor: Int32) throws(Errno)
  /// Makes the names in a folder durable.
  func syncFolder(_ descriptor: Int32) throws(Errno)
  /// Locks the whole file; throws `wouldBlock` where another has it.
  func lock(_ descriptor: Int32, exclusive: Bool) throws(Errno)
  func unlock(_ descriptor: Int32)

  func rename(_ from: FilePath, to: FilePath) throws(Errno)
  func unlink(_ path: FilePath) throws(Errno)
  func makeDirectory(_ path: FilePath) throws(Errno)
  /// What has a name, a symbolic link itself; nil where nothing has.
  func status(_ path: FilePath) throws(Errno) -> FileStatus?
  /// The names in a folder, in any order, without `.` and `..`.
  func list(_ path: FilePath) throws(Errno) -> [String]

  /// A number that changes when the system restarts, and so loses what it keeps in memory for the disk; 0 if it
  /// is not known.
  var boot: UInt64 { get }
}

/// What a file is opened for.
package enum KernelOpenMode: Sendable {
  case read, readWrite
  /// For reading and writing; throws `fileExists` where the name is taken.
  case create
  /// A folder, to sync the names in it.
  case folder
}

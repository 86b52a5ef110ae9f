package import EvlogStore
import Synchronization
package import SystemPackage

/// A disk in memory that loses power, fills up, fails and lies as real ones do.
///
///     let disk = SimulatedDisk()
///     options.kernel = disk
///     … append to EventLog.open("/log", options: options) …
///     options.kernel = disk.powerCut(seed: 7)
///     … open it again …
///
/// All that chance decides follows from seeds.
package final class SimulatedDisk: Kernel {
  fileprivate struct Opened {
    var entry: DiskState.Entry
    var path: FilePath
    var mayWrite: Bool
  }

  fileprivate struct Inner {
    var state: DiskState
    var opened: [Int32: Opened] = [:]
    var nextDescriptor: Int32 = 3
    /// The locks, by file or folder.
    var locks: [DiskState.Entry: (isExclusive: Bool, holders: Set<Int32>)] = [:]
    var generator = SeededGenerator(seed: 0)
    var capacity: Int?
    var writesShort = false
    var judge: (@Sendable (DiskCall) -> DiskVerdict)?
    var observer: (@Sendable (DiskState) -> Void)?
    var callCount = 0
  }

  private let inner: Mutex<Inner>

  package init(_ state: DiskState = DiskState(), seed: UInt64 = 0) {
    inner = Mutex(Inner(state: state, generator: SeededGenerator(seed: seed)))
  }

  /// The disk as it is now; what was not synced is remembered as such.
  package var state: DiskState { inner.withLock { $0.state } }

  /// How many calls were made that change something, syncs among them.
  package var callCount: Int { inner.withLock { $0.callCount } }
  /// How many descriptors are open.
  package var openCount: Int { inner.withLock { $0.opened.count } }

  /// The disk after a power cut: some of what was not synced is there, and nothing is open.
  package func powerCut(seed: UInt64) -> SimulatedDisk {
    SimulatedDisk(PowerCut.cut(state, seed: seed), seed: seed)
  }

  // MARK: Faults

  /// The disk is full at so many bytes: a write stops short there. Nil makes room again.
  package func setCapacity(_ bytes: Int?) { inner.withLock { $0.capacity = bytes } }

  /// Writes take a part of what they are given, by chance.
  package func writeShort(_ isOn: Bool = true) { inner.withLock { $0.writesShort = isOn } }

  /// Asks, before each call, what becomes of it.
  package func judge(_ judge: (@Sendable (DiskCall) -> DiskVerdict)?) {
    inner.withLock { $0.judge = judge }
  }

  /// Shows the disk as it is before each call that changes something.
  package func observe(_ observer: (@Sendable (DiskState) -> Void)?) {
    inner.withLock { $0.observer = observer }
  }
}

// MARK: - The kernel's calls

extension SimulatedDisk {
  package func open(_ path: FilePath, _ mode: KernelOpenMode) throws(Errno) -> Int32 {
    try inner.withLock { inner throws(Errno) in
      let entry: DiskState.Entry
      if mode == .create {
        guard inner.state.entry(path) == nil else { throw .fileExists }
        switch try inner.begin(.create, path) {
        case .ignored: throw .ioError
        default: entry = .file(try inner.state.makeFile(path))
        }
      } else {
        guard let found = inner.state.entry(path) else { throw .noSuchFileOrDirectory }
        switch (found, mode) {
        case (.file, .folder): throw .notDirectory
        case (.folder, .readWrite), (.folder, .read): throw .isDirectory
        default: entry = found
        }
      }
      let descriptor = inner.nextDescriptor
      inner.nextDescriptor += 1
      inner.opened[descriptor] = Opened(
        entry: entry, path: path, mayWrite: mode == .create || mode == .readWrite)
      return descriptor
    }
  }

  package func close(_ descriptor: Int32) {
    inner.withLock { inner in
      inner.unlock(descriptor)
      inner.opened[descriptor] = nil
    }
  }

  package func status(_ descriptor: Int32) throws(Errno) -> FileStatus {
    try inner.withLock { inner throws(Errno) in
      guard let opened = inner.opened[descriptor] else { throw .badFileDescriptor }
      return inner.state.status(of: opened.entry)
    }
  }

  package func read(
    _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int {
    // The bytes are copied outside of the lock, for the pointer must not cross it.
    let bytes = try inner.withLock { inner throws(Errno) in
      let file = try inner.file(descriptor)
      if inner.judge != nil, let path = inner.opened[descriptor]?.path,
        case .fails(let errno) = inner.verdict(.read, path, Int(position))
      {
        throw errno
      }
      return inner.state.files[file].current
    }
    guard position < UInt64(bytes.count) else { return 0 }
    let count = min(buffer.count, bytes.count - Int(position))
    unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[Int(position)..<(Int(position) + count)]))
    }
    return count
  }

  package func write(
    _ descriptor: Int32, from buffer: UnsafeRawBufferPointer, at position: UInt64
  ) throws(Errno) -> Int {
    let bytes = unsafe Array(buffer)
    return try inner.withLock { inner throws(Errno) in
      let file = try inner.file(descriptor)
      guard let opened = inner.opened[descriptor], opened.mayWrite else { throw .badFileDescriptor }
      return try inner.write(bytes, to: file, opened.path, at: Int(position))
    }
  }

  package func truncate(_ descriptor: Int32, to size: UInt64) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      let file = try inner.file(descriptor)
      guard let opened = inner.opened[descriptor], opened.mayWrite else { throw .badFileDescriptor }
      if case .ignored = try inner.begin(.resize, opened.path) { return }
      inner.state.resize(file, to: Int(size))
    }
  }

  package func sync(_ descriptor: Int32) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      let file = try inner.file(descriptor)
      guard let path = inner.opened[descriptor]?.path else { throw .badFileDescriptor }
      do throws(Errno) {
        if case .ignored = try inner.begin(.sync, path) { return }
      } catch {
        let seed = inner.generator.next()
        inner.state.sync(file: file, failing: SeededGenerator(seed: seed))
        throw error
      }
      inner.state.sync(file: file)
    }
  }

  package func syncFolder(_ descriptor: Int32) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      guard let opened = inner.opened[descriptor], case .folder(let folder) = opened.entry else {
        throw .badFileDescriptor
      }
      if case .ignored = try inner.begin(.syncFolder, opened.path) { return }
      inner.state.sync(folder: folder)
    }
  }

  package func lock(_ descriptor: Int32, exclusive: Bool) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      guard let entry = inner.opened[descriptor]?.entry else { throw .badFileDescriptor }
      let others = inner.locks[entry].map { $0.holders.subtracting([descriptor]) } ?? []
      if !others.isEmpty, exclusive || inner.locks[entry]?.isExclusive == true { throw .wouldBlock }
      inner.locks[entry] = (exclusive, others.union([descriptor]))
    }
  }

  package func unlock(_ descriptor: Int32) { inner.withLock { $0.unlock(descriptor) } }

  package func rename(_ from: FilePath, to: FilePath) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      if case .ignored = try inner.begin(.rename, from) { return }
      try inner.state.rename(from, to: to)
    }
  }

  package func unlink(_ path: FilePath) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      guard inner.state.entry(path) != nil else { throw .noSuchFileOrDirectory }
      if case .ignored = try inner.begin(.unlink, path) { return }
      try inner.state.unlink(path)
    }
  }

  package func makeDirectory(_ path: FilePath) throws(Errno) {
    try inner.withLock { inner throws(Errno) in
      guard inner.state.entry(path) == nil else { throw .fileExists }
      if case .ignored = try inner.begin(.makeFolder, path) { return }
      try inner.state.makeFolder(path)
    }
  }

  package func status(_ path: FilePath) -> FileStatus? {
    inner.withLock { inner in inner.state.entry(path).map { inner.state.status(of: $0) } }
  }

  package var boot: UInt64 { inner.withLock { $0.state.boot } }

  package func list(_ path: FilePath) throws(Errno) -> [String] {
    try inner.withLock { inner throws(Errno) in
      guard let entry = inner.state.entry(path) else { throw .noSuchFileOrDirectory }
      guard case .folder(let folder) = entry else { throw .notDirectory }
      return Array(inner.state.folders[folder].current.keys)
    }
  }
}

extension SimulatedDisk.Inner {
  fileprivate func file(_ descriptor: Int32) throws(Errno) -> Int {
    guard let opened = opened[descriptor], case .file(let i) = opened.entry else {
      throw .badFileDescriptor
    }
    return i
  }

  fileprivate func verdict(
    _ kind: DiskCall.Kind, _ path: FilePath, _ position: Int = 0, _ bytes: [UInt8] = []
  ) -> DiskVerdict {
    judge?(DiskCall(kind: kind, path: path, position: position, bytes: bytes, disk: state))
      ?? .honest
  }

  /// Counts and shows a call that changes something; throws where it is to fail.
  fileprivate mutating func begin(
    _ kind: DiskCall.Kind, _ path: FilePath, _ position: Int = 0, _ bytes: [UInt8] = []
  ) throws(Errno) -> DiskVerdict {
    observer?(state)
    callCount += 1
    let verdict = verdict(kind, path, position, bytes)
    if case .fails(let errno) = verdict { throw errno }
    return verdict
  }

  fileprivate mutating func write(
    _ bytes: [UInt8], to file: Int, _ path: FilePath, at position: Int
  ) throws(Errno) -> Int {
    let verdict = try begin(.write, path, position, bytes)
    if case .ignored = verdict { return bytes.count }
    var bytes = bytes
    if writesShort, bytes.count > 1, generator.oneIn(2) {
      bytes = Array(bytes[...generator.below(bytes.count)])
    }
    let size = state.files[file].current.count
    if let capacity, position + bytes.count > size {
      let room = max(0, capacity - state.byteCount) + size - position
      if room <= 0 { throw .noSpace }
      bytes = Array(bytes.prefix(room))
    }
    switch verdict {
    case .lost: state.write(bytes, to: file, at: position, isLost: true)
    case .misdirected(let other, let place):
      state.write(bytes, to: file, at: position, isLost: true)
      if case .file(let i) = state.entry(other) {
        state.files[i].stored.put(bytes[...], at: place)
        state.files[i].hasDiverged = true
      }
    default: state.write(bytes, to: file, at: position)
    }
    return bytes.count
  }

  fileprivate mutating func unlock(_ descriptor: Int32) {
    guard let entry = opened[descriptor]?.entry, var lock = locks[entry],
      lock.holders.remove(descriptor) != nil
    else { return }
    locks[entry] = lock.holders.isEmpty ? nil : lock
  }
}

import EvlogStore
package import SystemPackage

/// The whole state of a simulated disk: what programs see, what is certainly stored, and what was changed in
/// between and may or may not be stored.
///
/// It is a value, so keeping one for later costs nothing and is safe.
package struct DiskState: Sendable {
  /// A file's bytes. Its name is in a folder, and survives or not by itself.
  struct File: Sendable {
    /// What a read returns.
    var current: [UInt8] = []
    /// What is stored whatever happens.
    var stored: [UInt8] = []
    /// The changes since the last sync, in order.
    var pending: [FileChange] = []
    /// Whether `stored` with all of `pending` is not `current`: after a failed sync or a lost write.
    var hasDiverged = false
  }

  struct FileChange: Sendable {
    enum Kind: Sendable {
      case write(position: Int, bytes: [UInt8])
      case resize(Int)
    }
    let serial: Int
    let kind: Kind
    /// The file's length afterwards.
    let size: Int
  }

  enum Entry: Hashable, Sendable {
    case file(Int)
    case folder(Int)
  }

  struct Folder: Sendable {
    var current: [String: Entry] = [:]
    var stored: [String: Entry] = [:]
    var pending: [NameChange] = []
  }

  /// One change of a folder: a name goes, a name comes, or (a rename) both at once.
  struct NameChange: Sendable {
    let serial: Int
    let removes: String?
    let sets: (name: String, entry: Entry)?

    func touches(_ other: NameChange) -> Bool {
      for mine in [removes, sets?.name] {
        if let mine, mine == other.removes || mine == other.sets?.name { return true }
      }
      return false
    }
  }

  var files: [File] = []
  /// The first is the root.
  var folders: [Folder] = [Folder()]
  /// Counts the changes, so that those of different files have an order.
  package private(set) var serial = 0
  /// Counts the power cuts.
  package var boot: UInt64 = 1

  package init() {}

  // MARK: Finding

  /// The names of a path, from the root.
  static func components(_ path: FilePath) -> [Substring] { path.string.split(separator: "/") }

  func entry(_ path: FilePath) -> Entry? {
    var entry = Entry.folder(0)
    for name in Self.components(path) {
      guard case .folder(let i) = entry, let next = folders[i].current[String(name)] else {
        return nil
      }
      entry = next
    }
    return entry
  }

  func status(of entry: Entry) -> FileStatus {
    switch entry {
    case .file(let i):
      FileStatus(
        kind: .file, id: FileStatus.ID(device: 1, number: UInt64(i)),
        size: UInt64(files[i].current.count))
    case .folder(let i):
      FileStatus(kind: .folder, id: FileStatus.ID(device: 2, number: UInt64(i)), size: 0)
    }
  }

  /// The folder that holds a path's last name, and that name.
  func place(_ path: FilePath) throws(Errno) -> (folder: Int, name: String) {
    var names = Self.components(path)
    guard let last = names.popLast() else { throw .fileExists }
    var folder = 0
    for name in names {
      guard let entry = folders[folder].current[String(name)] else { throw .noSuchFileOrDirectory }
      guard case .folder(let next) = entry else { throw .notDirectory }
      folder = next
    }
    return (folder, String(last))
  }

  /// The names in a folder, sorted; none where there is no such folder.
  package func names(in path: FilePath) -> [String] {
    guard case .folder(let i) = entry(path) else { return [] }
    return folders[i].current.keys.sorted()
  }

  /// What a read of a whole file returns, or nil where there is none.
  package func bytes(of path: FilePath) -> [UInt8]? {
    guard case .file(let i) = entry(path) else { return nil }
    return files[i].current
  }

  /// Changes a stored file behind everybody's back, as rot does.
  package mutating func tamper(with path: FilePath, _ body: (inout [UInt8]) -> Void) {
    guard case .file(let i) = entry(path) else { return }
    body(&files[i].current)
    files[i].stored = files[i].current
    files[i].pending = []
  }

  /// The paths of all files, sorted.
  package func paths() -> [FilePath] {
    var found: [FilePath] = []
    var waiting: [(FilePath, Int)] = [("/", 0)]
    while let (path, folder) = waiting.popLast() {
      for (name, entry) in folders[folder].current {
        switch entry {
        case .file: found.append(path.appending(name))
        case .folder(let i): waiting.append((path.appending(name), i))
        }
      }
    }
    return found.sorted { $0.string < $1.string }
  }

  /// The bytes that all files take.
  package var byteCount: Int {
    var total = 0
    var waiting = [0]
    while let folder = waiting.popLast() {
      for entry in folders[folder].current.values {
        switch entry {
        case .file(let i): total += files[i].current.count
        case .folder(let i): waiting.append(i)
        }
      }
    }
    return total
  }

  /// A number that differs between disks with other files, as far as 64 bits can tell.
  package var fingerprint: Int {
    var hasher = Hasher()
    func add(_ folder: Int) {
      for (name, entry) in folders[folder].current.sorted(by: { $0.key < $1.key }) {
        hasher.combine(name)
        switch entry {
        case .file(let i):
          hasher.combine(files[i].current.count)
          unsafe files[i].current.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        case .folder(let i): add(i)
        }
      }
      hasher.combine(-1)
    }
    add(0)
    return hasher.finalize()
  }
}

// MARK: - Changing

extension DiskState {
  private mutating func nextSerial() -> Int {
    serial += 1
    return serial
  }

  mutating func change(_ folder: Int, removes: String?, sets: (name: String, entry: Entry)?) {
    let change = NameChange(serial: nextSerial(), removes: removes, sets: sets)
    folders[folder].current.apply(change)
    folders[folder].pending.append(change)
  }

  mutating func makeFile(_ path: FilePath) throws(Errno) -> Int {
    let (folder, name) = try place(path)
    guard folders[folder].current[name] == nil else { throw .fileExists }
    files.append(File())
    change(folder, removes: nil, sets: (name, .file(files.count - 1)))
    return files.count - 1
  }

  mutating func makeFolder(_ path: FilePath) throws(Errno) {
    let (folder, name) = try place(path)
    guard folders[folder].current[name] == nil else { throw .fileExists }
    folders.append(Folder())
    change(folder, removes: nil, sets: (name, .folder(folders.count - 1)))
  }

  mutating func unlink(_ path: FilePath) throws(Errno) {
    let (folder, name) = try place(path)
    guard let entry = folders[folder].current[name] else { throw .noSuchFileOrDirectory }
    guard case .file = entry else { throw .isDirectory }
    change(folder, removes: name, sets: nil)
  }

  /// Within one folder only: nothing else is atomic everywhere.
  mutating func rename(_ from: FilePath, to: FilePath) throws(Errno) {
    let (folder, old) = try place(from)
    let (target, new) = try place(to)
    guard folder == target else { throw .improperLink }
    guard let entry = folders[folder].current[old] else { throw .noSuchFileOrDirectory }
    change(folder, removes: old, sets: (new, entry))
  }

  /// `isLost`: readers see it for now, but it is never stored.
  mutating func write(_ bytes: [UInt8], to file: Int, at position: Int, isLost: Bool = false) {
    files[file].current.put(bytes[...], at: position)
    if isLost {
      files[file].hasDiverged = true
      return
    }
    files[file].pending.append(
      FileChange(
        serial: nextSerial(), kind: .write(position: position, bytes: bytes),
        size: files[file].current.count))
  }

  mutating func resize(_ file: Int, to size: Int) {
    files[file].current.resize(to: size)
    files[file].pending.append(FileChange(serial: nextSerial(), kind: .resize(size), size: size))
  }

  /// Stores what is pending. A sync that `fails` stores some of it, and forgets that the rest is not.
  mutating func sync(file: Int, failing generator: SeededGenerator? = nil) {
    if var generator {
      files[file].stored = PowerCut.survivors(of: files[file], garbage: [], &generator)
      files[file].hasDiverged = true
    } else if files[file].hasDiverged {
      for change in files[file].pending { files[file].stored.apply(change) }
    } else {
      files[file].stored = files[file].current
    }
    files[file].pending = []
  }

  mutating func sync(folder: Int) {
    folders[folder].stored = folders[folder].current
    folders[folder].pending = []
  }
}

extension [UInt8] {
  mutating func resize(to size: Int) {
    if size < count {
      removeLast(count - size)
    } else {
      append(contentsOf: [UInt8](repeating: 0, count: size - count))
    }
  }

  mutating func put(_ bytes: ArraySlice<UInt8>, at position: Int) {
    let end = position + bytes.count
    if end > count { resize(to: end) }
    unsafe withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[position..<end])
          .copyMemory(from: source)
      }
    }
  }

  mutating func apply(_ change: DiskState.FileChange) {
    switch change.kind {
    case .write(let position, let bytes): put(bytes[...], at: position)
    case .resize(let size): resize(to: size)
    }
  }
}

extension [String: DiskState.Entry] {
  mutating func apply(_ change: DiskState.NameChange) {
    if let old = change.removes { self[old] = nil }
    if let (name, entry) = change.sets { self[name] = entry }
  }
}

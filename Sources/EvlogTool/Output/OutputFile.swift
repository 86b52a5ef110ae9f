import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is there as a whole or not at all: it is written under another name, synced, and
/// gets its own name last.
///
/// What is no file but a device or a pipe is written to as it is.
final class OutputFile {
  private let name: String
  private let replaces: Bool
  private let temporary: FilePath?
  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []
  private(set) var byteCount: UInt64 = 0
  private var isOpen = true

  /// Throws a usage failure where the name is taken and must not be replaced.
  init(_ name: String, replacing replaces: Bool) throws {
    self.name = name
    self.replaces = replaces
    let isSpecial: Bool
    switch PathKind(name) {
    case .nothing: isSpecial = false
    case .file:
      isSpecial = false
      try Self.refuse(name, unless: replaces)
    case .folder: throw Failure.usage("The file cannot be written: \(name) is a folder.")
    case .special: isSpecial = true
    }
    do {
      if isSpecial {
        temporary = nil
        descriptor = try FileDescriptor.open(FilePath(name), .writeOnly)
      } else {
        let path = FilePath("\(name).\(UInt32.random(in: .min ... .max)).tmp")
        temporary = path
        descriptor = try FileDescriptor.open(
          path, .writeOnly, options: [.create, .exclusiveCreate],
          permissions: [.ownerReadWrite, .groupRead, .otherRead])
      }
    } catch {
      throw Failure.usage("The file cannot be written: \(name): \(error)")
    }
  }

  deinit { abandon() }

  func write(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Syncs the file and gives it its name.
  func finish() throws {
    try flush()
    if let temporary {
      try check(fsync(descriptor.rawValue))
      if PathKind(name) == .file { try Self.refuse(name, unless: replaces) }
      try check(
        unsafe temporary.withPlatformString { from in
          unsafe name.withCString { unsafe rename(from, $0) }
        })
      try syncFolder()
    }
    isOpen = false
    // It was synced, where that matters.
    try? descriptor.close()
  }

  /// Leaves nothing behind, where it was not finished.
  func abandon() {
    guard isOpen else { return }
    isOpen = false
    // What was written is thrown away.
    try? descriptor.close()
    if let temporary { unsafe temporary.withPlatformString { _ = unsafe unlink($0) } }
  }

  private func flush() throws {
    guard !buffer.isEmpty else { return }
    do { _ = try descriptor.writeAll(buffer) } catch { throw failure("\(error)") }
    byteCount += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  private func syncFolder() throws {
    let folder = FilePath(name).removingLastComponent()
    let opened: FileDescriptor
    do {
      opened = try FileDescriptor.open(folder.isEmpty ? "." : folder, .readOnly)
    } catch { throw failure("\(error)") }
    // Only synced: a failing close loses nothing.
    defer { try? opened.close() }
    try check(fsync(opened.rawValue))
  }

  private func check(_ result: Int32) throws {
    if result != 0 { throw failure("\(Errno(rawValue: errno))") }
  }

  private func failure(_ reason: String) -> Failure {
    Failure(
      .failed,
      "The file cannot be written: \(name): \(reason). "
        + (temporary == nil ? "What was written is incomplete." : "Nothing of it was kept."))
  }

  private static func refuse(_ name: String, unless replaces: Bool) throws {
    guard !replaces else { return }
    throw Failure.usage("There is already a file \(name). To replace it: --force")
  }
}

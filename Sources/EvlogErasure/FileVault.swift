public import Crypto
import EvlogCore
import Foundation
import Synchronization
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A vault in a folder: a file for each key, and an empty one for each erased key.
///
/// A file is named by the SHA-256 of its stream's name, so the folder does not reveal the names. With a master
/// key, the keys are sealed with it. An erased key is overwritten, as far as the file system allows, and
/// removed; if the master key is kept elsewhere, an old block of the disk reveals nothing.
public final class FileVault: KeyVault {
  public let folder: FilePath
  private let masterKey: SymmetricKey?
  private let known = Mutex<[Name: SymmetricKey]>([:])

  /// Opens a vault, or makes the folder if there is none. Finishes erasures that a killed process had begun.
  public init(_ folder: FilePath, masterKey: SymmetricKey? = nil) throws {
    self.folder = folder
    self.masterKey = masterKey
    do {
      try FileManager.default.createDirectory(
        atPath: folder.string, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch { throw ErasureError(.vault, "The vault \(folder) cannot be made: \(error)") }
    try finishErasures()
  }

  /// Removes the keys that are marked as erased, and unfinished files that no process is writing any more. A
  /// reader without write access leaves that to others: marked keys are never read.
  private func finishErasures() throws {
    do {
      let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder.string))
      for name in names {
        if name.hasSuffix(Self.erased) {
          let key = name.dropLast(Self.erased.count) + Self.key
          if names.contains(String(key)) { try remove(folder.appending(String(key))) }
        } else if name.hasSuffix(Self.unfinished), isAbandoned(folder.appending(name)) {
          try remove(folder.appending(name))
        }
      }
    } catch Errno.permissionDenied, Errno.readOnlyFileSystem {
      return
    } catch {
      throw ErasureError(
        .vault,
        "Erased keys in \(folder) cannot be removed, so they may still be found there: \(error). "
          + "Fix the folder and open the vault again")
    }
  }

  /// To write a key takes no hour.
  private func isAbandoned(_ file: FilePath) -> Bool {
    // A file that is gone, or that cannot be examined, is left alone.
    let attributes = try? FileManager.default.attributesOfItem(atPath: file.string)
    guard let date = attributes?[.modificationDate] as? Date else { return false }
    return date.timeIntervalSinceNow < -3600
  }

  private static let key = ".key"
  private static let erased = ".erased"
  private static let unfinished = ".tmp"

  /// The folder, and the number of keys erased there.
  public var identity: String {
    // A folder that cannot be listed cannot open anything either.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    return "\(folder), \(names.count { $0.hasSuffix(Self.erased) }) erased"
  }

  private func name(of stream: String) -> String {
    SHA256.hash(data: Array(stream.utf8)).map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }
    .joined()
  }

  private func keyFile(_ stream: String) -> FilePath {
    folder.appending(name(of: stream) + Self.key)
  }
  private func mark(_ stream: String) -> FilePath {
    folder.appending(name(of: stream) + Self.erased)
  }

  private func exists(_ file: FilePath) -> Bool {
    FileManager.default.fileExists(atPath: file.string)
  }

  public func key(of stream: String) throws -> SymmetricKey? {
    try known.withLock { known in
      // Another process may have erased it.
      if exists(mark(stream)) {
        known[Name(stream)] = nil
        return nil
      }
      if let key = known[Name(stream)] { return key }
      guard exists(keyFile(stream)) else {
        throw ErasureError(
          .missingKey, "The vault \(folder) has no key for the stream '\(stream)'")
      }
      let key = try read(keyFile(stream))
      known[Name(stream)] = key
      return key
    }
  }

  public func makeKey(of stream: String) throws -> SymmetricKey {
    if !exists(mark(stream)), !exists(keyFile(stream)) {
      let key = SymmetricKey(size: .bits256)
      var bytes = unsafe key.withUnsafeBytes { unsafe Array($0) }
      if let masterKey {
        guard let sealed = try AES.GCM.seal(bytes, using: masterKey).combined else {
          throw ErasureError(.vault, "The key of the stream '\(stream)' cannot be sealed")
        }
        bytes = Array(sealed)
      }
      try write(bytes, to: keyFile(stream))
    }
    guard let key = try key(of: stream) else {
      throw ErasureError(.erased, "The key of the stream '\(stream)' was erased")
    }
    return key
  }

  public func eraseKey(of stream: String) throws {
    // The mark counts from the moment it is there; what is left of the key is then removed again and again.
    if !exists(mark(stream)) { try write([], to: mark(stream)) }
    known.withLock { $0[Name(stream)] = nil }
    do {
      if exists(keyFile(stream)) { try remove(keyFile(stream)) }
    } catch {
      throw ErasureError(.vault, "The key of the stream '\(stream)' cannot be removed: \(error)")
    }
  }

  /// Overwrites a file and removes it, unless another process has removed it meanwhile.
  private func remove(_ path: FilePath) throws {
    do {
      let file = try FileDescriptor.open(path, .writeOnly)
      try file.closeAfter {
        try file.writeAll([UInt8](repeating: 0, count: 64))
        guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
      }
      guard unsafe unlink(path.string) == 0 else { throw Errno(rawValue: errno) }
    } catch Errno.noSuchFileOrDirectory {}
    try sync(folder)
  }

  private func read(_ file: FilePath) throws -> SymmetricKey {
    do {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: file.string)))
      guard let masterKey else {
        guard bytes.count == 32 else { throw Errno.invalidArgument }
        return SymmetricKey(data: bytes)
      }
      return SymmetricKey(
        data: try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: masterKey))
    } catch {
      throw ErasureError(
        .vault, "The key in \(file) cannot be read, or not with this master key: \(error)")
    }
  }

  /// Writes a file whole, or not at all; one that is there stays.
  private func write(_ bytes: [UInt8], to file: FilePath) throws {
    let temporary = folder.appending(
      "\(UInt64.random(in: .min ... .max))\(Self.unfinished)")
    // It is gone where it got its name; what else stays is removed as abandoned.
    defer { try? FileManager.default.removeItem(atPath: temporary.string) }
    do {
      let new = try FileDescriptor.open(
        temporary, .writeOnly, options: [.create, .exclusiveCreate],
        permissions: [.ownerReadWrite])
      _ = try new.closeAfter { try new.writeAll(bytes) }
      try sync(temporary)
      // Two that make a key at once agree on one.
      if unsafe link(temporary.string, file.string) != 0, errno != EEXIST {
        throw Errno(rawValue: errno)
      }
      try sync(folder)
    } catch { throw ErasureError(.vault, "The vault's file \(file) cannot be written: \(error)") }
  }

  private func sync(_ path: FilePath) throws {
    let file = try FileDescriptor.open(path, .readOnly)
    // Only synced: a failing close loses nothing.
    defer { try? file.close() }
    guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
  }
}

import EvlogStore
import Foundation
import GRDB
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of a projection: its successive databases, and the link to the current one.
///
///     stock/current → 2.sqlite
///     stock/2.sqlite
///     stock/3.sqlite     being rebuilt
///
/// The link is replaced by renaming another one over it, so every reader finds a whole database, the old one or
/// the new one. A database is never renamed, because its journal is found by its name.
struct Generations: Sendable {
  let folder: FilePath

  private var link: FilePath { folder.appending("current") }

  /// Where a projection's tables are by default.
  static func folder(of projection: String, in log: EventLog) -> FilePath {
    log.path.appending("projections").appending(projection)
  }

  /// Tables that are made only to be compared, and those with which they are compared.
  var scratch: FilePath { folder.appending("verify.sqlite") }
  var copy: FilePath { folder.appending("compare.sqlite") }

  /// Takes a lock that one rebuild or comparison has at a time. Throws `inUse`.
  func lockForRebuild() throws -> FolderLock { try FolderLock("rebuild.lock", in: folder) }

  /// Removes what a comparison left that was ended in its middle.
  func removeLeftovers() {
    // Whoever has the lock is at work with them.
    guard let lock = try? lockForRebuild() else { return }
    for file in [scratch, copy] { Self.remove(file) }
    withExtendedLifetime(lock) {}
  }

  func makeFolder() throws {
    try ProjectionError.naming(folder) {
      try FileManager.default.createDirectory(
        atPath: folder.string, withIntermediateDirectories: true)
    }
  }

  /// The number of the database in use; nil where there is none.
  func current() -> Int? {
    // Without a link there are no tables in use, which is the answer.
    guard let name = try? FileManager.default.destinationOfSymbolicLink(atPath: link.string) else {
      return nil
    }
    return Self.number(name)
  }

  func database(_ number: Int) -> FilePath { folder.appending("\(number).sqlite") }

  private static func number(_ fileName: String) -> Int? {
    fileName.hasSuffix(".sqlite") ? Int(fileName.dropLast(7)) : nil
  }

  /// The numbers of all databases that are there, in order.
  func all() -> [Int] {
    // A folder that is not there yet has none; one that cannot be read fails where it is used.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.string)) ?? []
    return names.compactMap(Self.number).sorted()
  }

  /// The number under which a database is being rebuilt: the one after all that were in use.
  func next() -> Int { (current() ?? 0) + 1 }

  /// Puts a database to use.
  func use(_ number: Int) throws {
    let new = folder.appending("current.new")
    // It is seldom there; where it cannot be removed, making the link says so.
    try? FileManager.default.removeItem(atPath: new.string)
    try ProjectionError.naming(link) {
      try FileManager.default.createSymbolicLink(
        atPath: new.string, withDestinationPath: "\(number).sqlite")
      guard unsafe rename(new.string, link.string) == 0 else {
        throw Errno(rawValue: errno)
      }
      try syncFolder()
    }
  }

  private func syncFolder() throws {
    let descriptor = try FileDescriptor.open(folder, .readOnly)
    // Only synced: a failing close loses nothing.
    defer { try? descriptor.close() }
    _ = fsync(descriptor.rawValue)
  }

  /// Removes a database with its journal.
  static func remove(_ file: FilePath) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
      // Most of these are not there; what cannot be removed takes room, nothing else.
      try? FileManager.default.removeItem(atPath: file.string + suffix)
    }
  }

  /// Removes what was in use before the database in use and the one before it, for which there may be
  /// readers still.
  func removeOld() {
    guard let current = current() else { return }
    for number in all() where number < current - 1 { Self.remove(database(number)) }
  }
}

/// A lock that lasts as long as its process holds it.
final class FolderLock: Sendable {
  private let descriptor: FileDescriptor

  /// Throws `inUse` where another projector has it, of this process or another one.
  init(_ name: String, in folder: FilePath) throws {
    let file = folder.appending(name)
    let descriptor = try ProjectionError.naming(file) {
      try FileDescriptor.open(
        file, .readWrite, options: [.create, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    guard flock(descriptor.rawValue, LOCK_EX | LOCK_NB) == 0 else {
      // Nothing was written to it.
      try? descriptor.close()
      throw ProjectionError.inUse(folder: folder)
    }
    self.descriptor = descriptor
  }

  deinit {
    // Closing alone would not do: a process that is being started just now has the descriptor, too.
    _ = flock(descriptor.rawValue, LOCK_UN)
    // Nothing was written to it.
    try? descriptor.close()
  }
}

import Foundation
package import GRDB
import SystemPackage

extension DatabaseError {
  /// Whether the file is not what SQLite wrote.
  var isOfDamage: Bool { resultCode == .SQLITE_NOTADB || resultCode == .SQLITE_CORRUPT }

  /// Whether the disk or the file is at fault, and not what was asked of it.
  package var isOfStorage: Bool {
    switch resultCode {
    case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN,
      .SQLITE_READONLY, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_NOMEM, .SQLITE_PERM,
      .SQLITE_INTERRUPT,
      .SQLITE_ABORT:
      true
    default: false
    }
  }
}

extension ProjectionError {
  /// What SQLite, or the system, could not do with a file; other errors as they are.
  static func naming(_ file: FilePath, _ error: any Error) -> any Error {
    switch error {
    case let error as DatabaseError:
      let reason: String? =
        switch error.resultCode {
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_IOERR: "the disk failed, or is full"
        case .SQLITE_CANTOPEN: "it cannot be opened or made"
        case .SQLITE_READONLY, .SQLITE_PERM: "it may not be written"
        default: nil
        }
      guard let reason else { return error }
      return ProjectionError.storage(file, "\(reason) (SQLite: \(error.message ?? "\(error)"))")
    case let error as Errno: return ProjectionError.storage(file, "\(error)")
    case let error as CocoaError:
      let below = error.underlying as? POSIXError
      return ProjectionError.storage(
        file, below.map { "\(Errno(rawValue: $0.code.rawValue))" } ?? error.localizedDescription)
    default: return error
    }
  }

  /// Runs a body, and says which file it was about where storage failed.
  static func naming<R>(_ file: FilePath, _ body: () throws -> R) throws -> R {
    do { return try body() } catch { throw naming(file, error) }
  }
}

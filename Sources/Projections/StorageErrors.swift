package import GRDB

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

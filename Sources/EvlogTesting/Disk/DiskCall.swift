package import SystemPackage

/// A call to a simulated disk, for the code that decides what happens to it.
package struct DiskCall: Sendable {
  package enum Kind: Sendable, Hashable {
    case create, makeFolder, read, write, resize, sync, syncFolder, rename, unlink
  }

  package let kind: Kind
  /// The file or folder, by the name under which it was opened.
  package let path: FilePath
  /// The bytes of a write, and where they go.
  package let position: Int
  package let bytes: [UInt8]
  /// The disk before the call.
  package let disk: DiskState

  package var name: String { path.string.split(separator: "/").last.map(String.init) ?? "/" }
  /// The file's length before the call.
  package var size: Int { disk.bytes(of: path)?.count ?? 0 }
}

/// What a simulated disk does with a call.
package enum DiskVerdict: Sendable {
  case honest
  /// It fails. Some of what a failed sync should have stored is stored, and the rest is forgotten: the next
  /// sync does not store it either, as on Linux.
  case fails(Errno)
  /// It reports success, and does nothing.
  case ignored
  /// A write that readers see until the power is cut, and that no sync stores.
  case lost
  /// A write that is stored at another place, while readers see it where it belongs.
  case misdirected(FilePath, position: Int)
}

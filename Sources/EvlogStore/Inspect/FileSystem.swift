import CEvlog
public import SystemPackage

/// The file system of a folder: its free space, and whether a log belongs on it.
public struct FileSystem: Sendable, Hashable {
  /// Its name, or its number if the name is unknown.
  public let name: String
  /// The number of free bytes.
  public let freeBytes: UInt64
  /// The number of bytes in all.
  public let byteCount: UInt64

  /// Nil if the system does not say.
  public init?(of path: FilePath) {
    var number: UInt64 = 0
    var free: UInt64 = 0
    var all: UInt64 = 0
    let result = unsafe path.withPlatformString {
      unsafe evlog_file_system($0, &number, &free, &all)
    }
    guard result == 0 else { return nil }
    name = Self.names[UInt32(truncatingIfNeeded: number)] ?? "0x\(String(number, radix: 16))"
    freeBytes = free
    byteCount = all
  }

  /// The numbers that Linux gives them (statfs(2)).
  private static let names: [UInt32: String] = [
    0xEF53: "ext4", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x2FC1_2FC1: "zfs",
    0xF2F5_2010: "f2fs", 0x6969: "nfs", 0xFF53_4D42: "cifs", 0xFE53_4D42: "smb2", 0x517B: "smb",
    0x6573_5546: "fuse", 0x0102_1997: "9p", 0x794C_7630: "overlay", 0x0102_1994: "tmpfs",
    0x8584_58F6: "ramfs", 0x00C3_6400: "ceph", 0xCA45_1A4E: "bcachefs", 0x6A65_6A63: "virtiofs",
  ]

  /// Why a log does not belong here; nil if there is no reason.
  public var doubt: String? {
    switch name {
    case "nfs", "cifs", "smb", "smb2", "ceph", "9p", "virtiofs":
      "it belongs to a network or to another computer: locks may not hold, and a sync may not reach the disk"
    case "fuse": "what a lock and a sync are worth depends on the program behind it"
    case "overlay": "it usually belongs to a container, and goes with it"
    case "tmpfs", "ramfs": "it is in memory, and gone after a restart"
    default: nil
    }
  }
}

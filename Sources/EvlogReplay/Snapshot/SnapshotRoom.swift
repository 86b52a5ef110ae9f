import EvlogMachine
public import EvlogStore

/// How much room the snapshots of a log may take, and which of them go where it is more.
///
/// Replays save them as they go, for every machine and every version of one; without a bound they come to many
/// times the log.
struct SnapshotRoom {
  /// They may take this share of the log's bytes.
  static let share: UInt64 = 4
  /// Of a small log, they may take so much.
  static let least: UInt64 = 8 << 20

  /// A file, as far as its room is concerned.
  struct File: Hashable {
    let name: String
    /// What tells machines apart.
    let machine: String
    let cut: Cut
    let bytes: UInt64
  }

  /// The files that go, so that the others take no more than `limit` bytes. Of one that is `kept` the last stays
  /// whatever its size.
  ///
  /// The machine that takes the most gives first; of its snapshots, one whose neighbours are nearest, so that what
  /// is left lies evenly over the log. The last of each machine stays as long as there is anything else.
  static func surplus(of files: [File], limit: UInt64, keeping kept: String) -> [File] {
    var rows = Dictionary(grouping: files, by: \.machine).mapValues {
      $0.sorted { $0.cut < $1.cut }
    }
    var total = files.reduce(0) { $0 + $1.bytes }
    var gone: [File] = []
    func bytes(_ row: [File]) -> UInt64 { row.reduce(0) { $0 + $1.bytes } }
    while total > limit {
      let many = rows.filter { $0.value.count > 1 }
      let others = rows.filter { $0.key != kept }
      guard
        let machine = (many.isEmpty ? others : many).max(by: {
          (bytes($0.value), $0.key) < (bytes($1.value), $1.key)
        })?.key, let row = rows[machine]
      else { break }
      func gap(_ i: Int) -> UInt64 { row[i + 1].cut - (i > 0 ? row[i - 1].cut : 0) }
      let i = (0..<(row.count - 1)).min { gap($0) < gap($1) } ?? 0
      gone.append(row[i])
      total -= row[i].bytes
      rows[machine]?.remove(at: i)
      if row.count == 1 { rows[machine] = nil }
    }
    return gone
  }
}

extension SnapshotStore {
  /// Removes snapshots where all of them take more room than the log gives them; the last one of a machine stays.
  func makeRoom(keeping machine: MachineDescriptor) throws(EventLogError) {
    var saved: [SnapshotRoom.File] = []
    for entry in try entries() {
      // What another process removes meanwhile takes no room.
      guard let bytes = try? files.size(of: entry.fileName) else { continue }
      saved.append(
        .init(
          name: entry.fileName, machine: entry.name.fingerprint, cut: entry.cut, bytes: bytes))
    }
    let limit = max(SnapshotRoom.least, cached.byteCount / SnapshotRoom.share)
    let kept = String("\(machine.fingerprint)".prefix(16))
    for file in SnapshotRoom.surplus(of: saved, limit: limit, keeping: kept) {
      try files.remove(file.name)
    }
  }

  /// The files beside a log, by kind: their number, and their bytes.
  public struct Room: Sendable, Hashable {
    public var files = 0
    public var bytes: UInt64 = 0
  }

  /// The room taken by snapshots, by the verdicts of scans, by indexes of writes, and by everything else in the
  /// folder.
  public func room() throws(EventLogError) -> (
    snapshots: Room, verdicts: Room, indexes: Room, other: Room
  ) {
    var room = (snapshots: Room(), verdicts: Room(), indexes: Room(), other: Room())
    for name in try files.names() {
      // What another process removes meanwhile takes no room.
      guard let bytes = try? files.size(of: name) else { continue }
      func add(_ kind: inout Room) {
        kind.files += 1
        kind.bytes += bytes
      }
      if name.hasSuffix(Self.suffix) {
        add(&room.snapshots)
      } else if name.hasSuffix(CacheName.verdicts) {
        add(&room.verdicts)
      } else if name.hasSuffix(CacheName.writes) {
        add(&room.indexes)
      } else {
        add(&room.other)
      }
    }
    return room
  }
}

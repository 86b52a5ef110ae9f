import EvlogCore
import EvlogJSON

/// Records that differ from what was mirrored: some of them are only at another position.
struct ChangedRecords {
  private struct Change {
    let position: UInt64
    let there: Digest
    let here: Digest
  }

  /// Positions are compared among so many changed records at a time.
  private static let limit = 1_000_000

  private var changes: [Change] = []

  mutating func add(
    _ record: SourceRecord, _ event: RecordedEvent, at position: UInt64, to check: inout MirrorCheck
  ) {
    changes.append(
      Change(
        position: position, there: Digest(of: record.data), here: Digest(of: Array(event.data))))
    if changes.count >= Self.limit { finish(&check) }
  }

  /// Counts those that were added.
  mutating func finish(_ check: inout MirrorCheck) {
    let moved = Set(changes.filter { $0.here != $0.there }.map(\.here))
    for change in changes {
      if change.here != change.there, moved.contains(change.there) {
        check.reordered.add(change.position)
      } else {
        check.changed.add(change.position)
      }
    }
    changes.removeAll()
  }
}

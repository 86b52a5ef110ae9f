import EvlogJSON
import EvlogMachine
import EvlogReplay
public import EvlogStore

extension EventLog {
  /// Makes the personal data of a stream unreadable: here, and in every copy of the log.
  ///
  /// The stream's key is erased; saved states and kept verdicts, which may show what was sealed, are removed;
  /// and an event `evlog.erased` is appended, which tells projections to remove it from their tables. No byte
  /// of the log is touched: offsets, cuts and digests stay. If you keep states in memory, drop them:
  /// `TurnRunner.forget(_:)`. Caches of a group of logs lie beside the group's file, and must be removed there.
  ///
  /// It can be called again if it failed halfway; from the first step on, the data cannot be read any more.
  public func erase(_ stream: String, keys vault: some KeyVault) async throws {
    try vault.eraseKey(of: stream)
    let snapshots = SnapshotStore(log: self)
    for entry in try snapshots.entries() { try snapshots.drop(entry) }
    try snapshots.dropOtherCaches()
    let data = JSONValue.object([("stream", .string(stream))]).canonicalBytes
    let event = NewEvent(stream: "evlog.erasures", type: ControlEvents.erased, data: data)
    try await append(
      Turn(own: [event], id: "evlog.erased \(Digest(of: Array(stream.utf8)))"))
  }
}

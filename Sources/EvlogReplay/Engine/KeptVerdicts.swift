import EvlogMachine
import EvlogStore

/// A ledger as a scan goes on from it.
///
/// Of a machine with a state per stream only those streams are restored that have events after the
/// ledger's cut; the states of all others stay the text that they are.
struct KeptVerdicts: Sendable {
  let ledger: VerdictLedger
  /// The last verdicts of what is restored, as far as they are not `holds`.
  let open: [VerdictChange]
  /// How long it took to read the ledger.
  let took: Duration
  /// The states of the keys that no new event is for; nil where all are restored.
  let otherKeys: [UInt8]?
  /// What is known of those.
  let keysLeft: ScannedKeys
  private let restored: [UInt8]

  var cut: Cut { ledger.cut }

  init(
    _ ledger: VerdictLedger, for replayer: Replayer, to cut: Cut,
    since start: ContinuousClock.Instant
  ) throws {
    self.ledger = ledger
    let open = ledger.record.changes.open
    let isShort = cut - ledger.cut <= UInt64(ledger.cut) / Self.shareOfNew
    if replayer.machine.scope == .stream, isShort,
      case let streams = try Self.streams(of: replayer.history, from: ledger.cut, to: cut),
      let keys = SavedKeys(ledger.saved, taking: streams)
    {
      restored = keys.taken
      otherKeys = keys.others
      keysLeft = ScannedKeys(
        count: keys.otherCount,
        failed: ledger.keys.failed.filter { !streams.contains(Name($0.key)) })
      self.open = open.filter { streams.contains(Name($0.key ?? "")) }
    } else {
      restored = ledger.saved
      otherKeys = nil
      keysLeft = ScannedKeys()
      self.open = open
    }
    took = ContinuousClock.now - start
  }

  /// Brings an execution to the ledger's cut.
  func restore(_ execution: any Host) throws(MachineError) {
    try execution.restore(restored)
    try execution.assume(open)
  }

  /// Where more than one event of so many is new, most states are needed, and looking for the streams
  /// is in vain.
  private static let shareOfNew: UInt64 = 4

  /// The streams that have events between two cuts.
  private static func streams(of history: any History, from: Cut, to cut: Cut) throws -> Set<Name> {
    var streams: Set<Name> = []
    try history.forEachRun(
      of: Query(from: from, to: cut), workers: 1, takesBlock: { _ in true },
      block: { block in
        for i in block.indices { streams.insert(Name(block[i].streamText)) }
      },
      events: { events in
        for event in events { streams.insert(Name(event.stream)) }
      })
    return streams
  }
}

public import EvlogCore
public import EvlogJSON
public import EvlogMachine
import EvlogReplay

/// A way to replay. If the machine is a pure function of its events, each gives the same states and verdicts.
public enum AuditRun: String, Sendable, CaseIterable {
  /// From the beginning to the end.
  case plain
  /// Saved now and then, and continued in a separate run from what was saved.
  case reloaded
  /// After a whole run in the same process.
  case again
}

/// The state and the verdicts of a run after an event.
public struct AuditMoment: Sendable {
  /// The stream or key; nil for the log's state, and for the states of all keys.
  public let key: String?
  /// The state after the event.
  public let state: JSONValue
  /// The verdicts of the machine's invariants on that state.
  public let verdicts: [Verdict]
}

/// A run, in a form that can be compared with other runs.
public struct AuditTrace: Sendable {
  /// Why the machine stopped early; nil if it reached the end.
  public package(set) var failure: MachineError?
  /// The streams or keys at which the machine failed, by offset; the others were followed to the end.
  public package(set) var failedKeys: [KeyFailure] = []
  /// Why a state could not be saved at a point where one should be; the run then continued with the state as it
  /// was.
  public package(set) var couldNotSave: String?
  /// The digest of the whole state at the end and of the failures; nil after a failure of the run.
  public package(set) var whole: Digest?
  /// The most events between one look at a state and the next.
  public package(set) var widest: UInt64

  package init(
    failure: MachineError? = nil, couldNotSave: String? = nil, whole: Digest? = nil,
    widest: UInt64 = 1
  ) {
    self.failure = failure
    self.couldNotSave = couldNotSave
    self.whole = whole
    self.widest = widest
  }
}

extension Replayer {
  /// Replays in a way, and gives one word for each event, which follows from what the run has come to
  /// so far: where two runs differ at an event, their words differ from there on.
  ///
  /// Verdicts are looked at after every event, and so are small states. A large one is looked at once in
  /// so many events as it has times 256 bytes; with `closer`, every so many events from an offset on.
  ///
  /// At an event that the machine cannot take it ends, after the words of those before; with a state per stream
  /// or key, only that key is followed no further. It ends at the cut `until`, too: what is done on the way is what an audit up to `cut` does.
  package func trace(
    _ run: AuditRun, to cut: Cut? = nil, until: Cut? = nil,
    closer: StateLooks.Closer? = nil, emit: (UInt64) throws -> Void
  ) throws -> AuditTrace {
    var chain = Digest.zero
    let cut = try checked(cut)
    let follower = try AuditFollower(self, run, to: cut, StateLooks(closer: closer))
    try follower.follow(to: min(until ?? cut, cut)) { offset, changes, look in
      for change in changes {
        chain = chain.chained(
          with: [UInt8(truncatingIfNeeded: change.invariant), change.verdict.rawValue]
            + Array("\(change.cut) \(change.key ?? "")".utf8))
      }
      if let look {
        var bytes: [UInt8] = []
        for i in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: look >> (8 * UInt64(i)))) }
        chain = chain.chained(with: bytes)
      }
      try emit(chain.low)
    }
    return try follower.trace()
  }

  /// What a run came to at one event; nil where it was reduced for no state, or the machine failed before.
  ///
  /// `ofAll`: the states of all keys, not that of the event's.
  package func moment(
    _ run: AuditRun, at offset: Offset, to cut: Cut? = nil, ofAll: Bool = false
  ) throws -> AuditMoment? {
    let follower = try AuditFollower(self, run, to: try checked(cut), StateLooks())
    try follower.follow(to: try checked(offset.cutAfter)) { _, _, _ in }
    return follower.failure == nil ? try follower.moment(ofAll: ofAll) : nil
  }

  /// The digests of the whole states at some cuts, in their order; as far as the machine goes.
  package func wholes(_ run: AuditRun, at cuts: [Cut], to cut: Cut? = nil) throws -> [Digest] {
    let follower = try AuditFollower(self, run, to: try checked(cut))
    var digests: [Digest] = []
    for cut in cuts {
      try follower.follow(to: try checked(cut)) { _, _, _ in }
      guard follower.failure == nil, let whole = try follower.trace().whole else { break }
      digests.append(whole)
    }
    return digests
  }

  /// A whole run that is made only so that the next run can find what it leaves in the process.
  package func runBefore(to cut: Cut) throws {
    do {
      try Playhead(makeHost(), over: history).advance(to: cut, watching: .verdicts)
    } catch is MachineError {
      // It fails again in the run that is compared, and is told there.
    }
  }
}

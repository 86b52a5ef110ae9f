import Dispatch
import Synchronization

extension EventLog {
  /// Appends a turn, and returns once it is on disk.
  ///
  /// Concurrent callers share syncs. Having written nothing, throws `wrongExpectedRevision` if an expectation
  /// is not met, `turnConflict` if another turn has the id, `tooLarge` and `invalidEvent` if a limit is
  /// exceeded, and `diskFull`. Throws `poisoned` if writing or syncing failed: the turn may or may not be in
  /// the log, which is decided when the log is opened again. Throws `unannounced` if the turn is on disk but
  /// cannot be announced to readers until the log is opened again.
  @discardableResult
  public func append(_ turn: Turn) async throws(EventLogError) -> Appended {
    let writer = try requireWriter()
    let result = await withCheckedContinuation { continuation in
      writer.append(Writer.Request(turn: turn) { continuation.resume(returning: $0) })
    }
    return try result.get()
  }

  /// Appends events as one turn; see ``append(_:)``.
  @discardableResult
  public func append(
    _ events: [NewEvent], turnID: String? = nil,
    expecting expectations: [String: Turn.Expectation] = [:]
  ) async throws(EventLogError) -> Appended {
    try await append(Turn(events, id: turnID, expecting: expectations))
  }

  /// Appends a turn from a thread that may block, and returns once it is on disk.
  @discardableResult
  public func appendBlocking(_ turn: Turn) throws(EventLogError) -> Appended {
    try requireWriter().appendAndWait(turn).get()
  }

  /// Appends several turns as callers do that come at the same time: one frame holds them.
  package func appendTogether(_ turns: [Turn]) throws(EventLogError) -> [Result<
    Appended, EventLogError
  >] {
    try requireWriter().appendAndWait(turns)
  }

  private func requireWriter() throws(EventLogError) -> Writer {
    guard let writer else {
      throw EventLogError(.readOnly, "The log was opened for reading", file: path)
    }
    return writer
  }

  /// Ends the active segment, compresses every full one, and returns when that is done.
  ///
  /// With `.best`, this takes several times as long and saves a fifth of the bytes. Segments that are already
  /// compressed stay as they are.
  public func seal(_ effort: SealingEffort = .fast) throws(EventLogError) {
    let writer = try requireWriter()
    try writer.roll()
    try writer.sealNow(self, effort)
  }

  /// Compresses the full segments: two at a time, where more than one waits.
  func sealFullSegments(_ effort: SealingEffort) throws(EventLogError) {
    while true {
      let full = view().segments.dropLast().compactMap { $0 as? ActiveSegment }
      guard let first = full.first else { return }
      // A simulated disk wants its calls in one order.
      if full.count == 1 || options.kernel != nil {
        try seal(first, effort)
      } else {
        let results = Mutex<[Result<Void, EventLogError>]>([])
        DispatchQueue.concurrentPerform(iterations: 2) { i in
          let result = Result { () throws(EventLogError) in try seal(full[i], effort) }
          results.withLock { $0.append(result) }
        }
        for result in results.withLock({ $0 }) { try result.get() }
      }
    }
  }

  private func seal(_ full: ActiveSegment, _ effort: SealingEffort) throws(EventLogError) {
    // In a folder that was removed and made again there may be another log's segment of that name.
    try full.file.requireName()
    let sealed: SealedSegment
    do throws(EventLogError) {
      sealed = try Sealer.seal(full, layout: layout, effort.lz4)
    } catch {
      layout.system.removeUnfinished(
        layout.segment(base: full.header.baseOffset, .unfinished))
      throw error
    }
    state.withLock { state in
      if let place = state.segments.firstIndex(where: { $0 === full }) {
        state.segments[place] = sealed
      }
    }
    try layout.system.unlink(full.path)
    try layout.system.syncDirectory(layout.segments)
  }
}

/// The effort spent on compressing a segment.
public struct SealingEffort: Sendable, Hashable {
  let lz4: LZ4.Effort

  /// Plain LZ4: fast enough to keep up with any writer.
  public static let fast: SealingEffort = .init(lz4: .fast)
  /// The high-compression variant of LZ4: a fifth fewer bytes in several times the time, read as fast.
  public static let best: SealingEffort = .init(lz4: .best)
}

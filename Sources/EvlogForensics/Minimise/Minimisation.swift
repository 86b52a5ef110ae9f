public import EvlogCore
public import EvlogMachine
public import EvlogReplay

/// The few events of a log that suffice to break an invariant at the same event.
///
/// Being few is not enough: an event that was left out may undo what they do, and then they are not the reason.
/// So no event of the real log, and no choice of its events, may heal what they break when it is added back
/// (the "wat-provenance" of Whittaker, Teodoropol, Alvaro and Hellerstein, SoCC 2018). Each event is tried by
/// itself, and many random choices are tried; if there are few other events, every choice is.
public struct Minimisation: Sendable {
  /// Which sub-logs could have been logs.
  public enum Policy: String, Sendable, CaseIterable {
    /// The machine takes every kept event, and can judge the invariant at the end.
    case accept
    /// As `accept`, and every kept event comes with those that it names as its causes.
    case closure
    /// Any sub-log; an event at which the machine fails is skipped.
    case free
  }

  /// An event that is needed.
  public struct Kept: Sendable {
    /// The event, with its offset in the whole log.
    public let event: RecordedEvent
    /// Whether the whole log without this one event does not break the invariant there; nil if time ran out
    /// before this was tried.
    public let isButFor: Bool?
  }

  /// How far the search came in its time.
  public enum Progress: String, Sendable, CaseIterable {
    /// To the end: no event can be left out, and no other event heals what is kept.
    case complete
    /// What is kept breaks the invariant, and none of it can be left out; whether other events heal it was not
    /// fully checked.
    case notAddedBack
    /// What is kept breaks the invariant: the smallest so far, and not shown to be minimal.
    case notMinimal
  }

  /// How far the search came in its time.
  public let progress: Progress
  /// The number of sub-logs that were no candidates because the machine was stopped: it took too long, or too
  /// much memory.
  public let stopped: Int
  /// The invariant that is broken.
  public let invariant: InvariantDescriptor
  /// The stream or key in which it is broken; nil for the log's state.
  public let key: String?
  /// The event that breaks the invariant; it is the last one kept.
  public let offset: Offset
  /// The events that suffice, in the order of the log.
  public let kept: [Kept]
  /// The number of events to choose from, including the one that breaks the invariant.
  public let considered: Int
  /// The number of sub-logs that were tried.
  public let replays: Int
  /// The number of random choices of other events that were added to what is kept without healing it; nil if
  /// there were so few others that every choice was tried.
  public let randomChoices: Int?
  /// The number of events that are kept only because others would heal the violation.
  public let addedBack: Int
  /// The seed for the random choices.
  public let seed: UInt64
}

/// The log does not break the invariant at that event, so there is nothing to minimise.
public struct NothingToMinimise: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Replayer {
  /// Makes the log up to a violation as small as possible, or as small as possible within some time.
  public func minimise(
    _ violation: Violation, policy: Minimisation.Policy = .accept, seed: UInt64 = 1,
    within time: Duration? = nil
  ) async throws -> Minimisation {
    try await QuestionThreads.run {
      let deadline = time.map { ContinuousClock.now + $0 }
      guard let broken = violation.event else {
        throw NothingToMinimise(
          description: "The initial state violates '\(violation.finding.invariant.name)': "
            + "no event is needed for that.")
      }
      let name = Name(violation.finding.invariant.name)
      guard let i = machine.invariants.firstIndex(where: { Name($0.name) == name }) else {
        throw NothingToMinimise(description: "The machine has no invariant '\(name)'.")
      }
      let (events, last) = try candidates(before: broken, ofKey: violation.episode.key)
      var trial = try Trial(
        program, events: events, last: last, invariant: i, key: violation.episode.key, policy,
        deadline, progress)
      return try trial.minimise(seed: seed)
    }
  }

  /// The events before a violation that can have to do with it, and the event itself.
  private func candidates(before broken: RecordedEvent, ofKey key: String?) throws -> (
    [RecordedEvent], RecordedEvent
  ) {
    let stream = machine.scope == .stream ? key : nil
    let host = try makeHost()
    var events: [RecordedEvent] = []
    try history.forEachRow(of: Query(to: broken.offset.cutBefore, stream: stream)) { row in
      guard machine.scope == .key, let key else {
        events += row
        return true
      }
      var i = row.startIndex
      try host.run(row, watching: .keys, verdict: { _ in }) { moment in
        if moment.key.map(Name.init) == Name(key) { events.append(row[i]) }
        i += 1
      }
      return true
    }
    return (events, broken)
  }
}

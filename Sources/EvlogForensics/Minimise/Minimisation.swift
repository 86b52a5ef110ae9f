public import EvlogReplay
public import EvlogStore

/// The few events of a log that suffice to break an invariant at the same event.
///
/// Their being few is not enough: an event that was left out may undo what they do, and then they
/// are not the reason. So no event, and no choice of events, of the real log may heal what they break
/// when it is added back (the "wat-provenance" of Whittaker, Teodoropol, Alvaro and Hellerstein,
/// SoCC 2018). That is tried with each event by itself and with many random choices; where there are
/// few others, with every choice.
public struct Minimisation: Sendable {
  /// Which sub-logs count as logs that could have been.
  public enum Policy: String, Sendable, CaseIterable {
    /// The machine takes every event that is kept, and can judge the invariant in the end.
    case accept
    /// As `accept`; and an event is not kept without the one that it names as its cause.
    case closure
    /// Any; an event at which the machine fails is passed over.
    case free
  }

  /// An event that is needed.
  public struct Kept: Sendable {
    /// The event, at the offset that it has in the whole log.
    public let event: RecordedEvent
    /// Whether the whole log without this one event does not break the invariant there; nil where the time
    /// was up before that was tried.
    public let isButFor: Bool?
  }

  /// How far it came in the time that it had.
  public enum Progress: String, Sendable, CaseIterable {
    /// To the end: no event can be left out, and none of the others heals what is kept.
    case complete
    /// What is kept breaks the invariant and none of it can be left out; whether others heal it was not tried to
    /// the end.
    case notAddedBack
    /// What is kept breaks the invariant: the smallest so far, and not shown to be minimal.
    case notMinimal
  }

  /// How far it came in the time that it had.
  public let progress: Progress
  /// How many sub-logs were no candidates because the machine was stopped in them: it took too long, or too
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
  /// How many events there were to choose from, the one that breaks it included.
  public let considered: Int
  /// How many sub-logs were tried.
  public let replays: Int
  /// How many random choices of other events were added to what is kept, to no avail; nil where
  /// there were so few others that every choice was.
  public let randomChoices: Int?
  /// How many events are kept only because others would heal the violation.
  public let addedBack: Int
  /// What the random choices follow from: the same seed makes the same ones.
  public let seed: UInt64
}

/// The log does not break the invariant at that event, so there is nothing to minimise.
public struct NothingToMinimise: Error, Sendable, CustomStringConvertible {
  public let description: String
}

extension Replayer {
  /// Makes the log up to a violation as small as it gets, or as small as it gets in some time.
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

import Evlog
import SystemPackage

/// How an invariant of several services breaks in a run that was not recorded, but that the edges allow.
public struct Race: Sendable {
  /// The first cut at which it can be broken.
  public let cut: VectorCut
  /// The edge that would have forbidden the cut; nil if the recorded order passes it.
  public let missing: Answers.CutCheck.Edge?
  /// The few events that suffice to break it, in the order in which they do.
  public let events: [RecordedEvent]
  private let run: CausalHistory

  /// A log was truncated in the meantime.
  struct EventGone: Error { let offset: Offset }

  /// Looks at every run. Nil if none breaks the invariant.
  public init?(_ invariant: String, of machine: any Program, in history: CausalHistory) async throws
  {
    let found = try await Investigation(machine, of: history).bisect([invariant], runs: .possibly)
    guard let first = found.invariants[0].first else { return nil }
    (cut, missing) = (first.cut, first.forbiddenBy)
    // The same events in an order that passes the cut, as if they had happened so.
    run = try history.passing(cut)
    let few = try await Investigation(machine, of: run)
      .minimise(invariant, to: Cut(cut.eventCount))
    events = (few.kept ?? []).map(\.event)
  }

  /// Writes the few events as logs of their own. In their recorded order, the invariant breaks.
  public func write(to folder: FilePath) async throws -> LogGroup {
    var few: [String: [NewEvent]] = [:]
    for event in events {
      let place = run.order[event.offset]
      // In its own log, its stream has no log's name before it.
      guard let own = try run.original(place) else { throw EventGone(offset: event.offset) }
      few[run.group.names[place.line], default: []].append(NewEvent(recorded: own))
    }
    // Some of their causes were left out.
    return try await GroupFile(
      run.group.names.filter { few[$0] != nil }.map { .init($0, at: FilePath("\($0).evlog")) },
      dangling: .counted
    ).record(few, in: folder)
  }
}

extension CausalHistory {
  /// The first cut of any run at which an order is paid and holds no stock.
  ///
  /// The two conditions look at one log each, so no cut between them is judged by itself.
  public func firstCut(paidWithoutStock order: String) async throws -> Possibly {
    let isPaid = try predicate(of: Payments(), in: "payments") { $0.paid[order] != nil }
    let isReleased = try predicate(of: Stock(), in: "stock") { $0.held[order] == nil }
    return try await CutDetector(self.order).possibly(.conjunction([isPaid, isReleased]))
  }
}

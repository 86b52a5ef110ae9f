import EvlogCore
import EvlogJSON
import EvlogMachine

/// A machine over the events that it sees in the place of those of a machine that refines it.
struct MappedProgram: Program {
  let base: any Program
  let mapping: any RefinementMapping
  /// Events that neither machine has.
  let skipped: Set<Offset>

  var descriptor: MachineDescriptor { base.descriptor }

  func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
    MappedHost(
      try base.makeHost(setup), try mapping.makeMapper(), skipped,
      steps: Set(descriptor.invariants.indices.filter { descriptor.invariants[$0].kind == .step }))
  }
}

/// Runs a machine over mapped events. Its states between the events that stand for one are at no cut, and their
/// verdicts do not count.
private final class MappedHost: ForwardingHost {
  let base: any Host
  private let mapper: any RefinementMapper
  private let skipped: Set<Offset>
  private let steps: Set<Int>
  /// What was reported last.
  private var standing: [Judged: Verdict] = [:]

  private struct Judged: Hashable {
    let invariant: Int
    let key: Name?

    init(_ change: VerdictChange) {
      (invariant, key) = (change.invariant, change.key.map(Name.init))
    }
  }

  init(
    _ base: any Host, _ mapper: any RefinementMapper, _ skipped: Set<Offset>, steps: Set<Int>
  ) {
    (self.base, self.mapper, self.skipped, self.steps) = (base, mapper, skipped, steps)
  }

  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    for event in events {
      if skipped.contains(event.offset) { continue }
      let mapped = try mapper.events(for: event)
      var changes: [VerdictChange] = []
      defer { report(changes, verdict) }
      try base.run(
        mapped[...], watching: watch, verdict: { changes.append($0) }, moment: moment)
    }
  }

  /// Of each invariant, what it is after the last event; a step that one of the events violated is violated.
  private func report(_ changes: [VerdictChange], _ verdict: (VerdictChange) -> Void) {
    var last: [(judged: Judged, change: VerdictChange)] = []
    for change in changes {
      let judged = Judged(change)
      guard let i = last.firstIndex(where: { $0.judged == judged }) else {
        last.append((judged, change))
        continue
      }
      if !steps.contains(judged.invariant) || last[i].change.verdict == .holds {
        last[i].change = change
      }
    }
    for (judged, change) in last {
      let isRepeated =
        standing[judged] == change.verdict
        || (standing[judged] == nil && change.key != nil && change.verdict == .holds)
      if isRepeated, !steps.contains(judged.invariant) || change.verdict == .holds { continue }
      standing[judged] = change.verdict
      verdict(change)
    }
  }

  func assume(_ verdicts: [VerdictChange]) throws(MachineError) {
    for change in verdicts { standing[Judged(change)] = change.verdict }
    try base.assume(verdicts)
  }

  func restore(_ saved: [UInt8]) throws(MachineError) {
    standing = [:]
    try base.restore(saved)
  }
}

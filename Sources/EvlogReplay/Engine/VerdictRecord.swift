package import EvlogCore
package import EvlogMachine

/// The verdicts of a run as it reports them: where they change, and every event that violates a step.
package struct VerdictRecord: Sendable {
  /// The changes of verdicts, in the order of the reports.
  package private(set) var changes: [VerdictChange] = []
  /// By invariant; empty for one that is no step.
  package private(set) var steps: [StepViolations]
  private let isStep: [Bool]
  /// For steps, the last verdicts, to recognise one that is reported again.
  private var last: [VerdictSubject: Verdict] = [:]

  package init(of machine: MachineDescriptor) {
    isStep = machine.invariants.map { $0.kind == .step }
    steps = machine.invariants.map { _ in StepViolations() }
  }

  package mutating func note(_ change: VerdictChange) {
    if isStep[change.invariant] {
      if change.verdict == .violated {
        steps[change.invariant].append(cut: change.cut, key: change.key)
      }
      if last.updateValue(change.verdict, forKey: change.subject) == change.verdict { return }
    }
    changes.append(change)
  }

  /// Records a verdict in place of the one at its cut. It counts no violated step.
  package mutating func amend(_ change: VerdictChange) {
    if isStep[change.invariant] { last[change.subject] = change.verdict }
    changes.append(change)
  }

  /// Takes a change, or a violation of a step, as it was kept.
  mutating func take(_ change: VerdictChange) { changes.append(change) }

  mutating func take(step invariant: Int, cut: Cut, key: String?) {
    steps[invariant].append(cut: cut, key: key)
  }

  /// Whether something is violated at a cut, or at an earlier one.
  func isViolated(to cut: Cut) -> Bool {
    changes.contains { $0.cut <= cut && $0.verdict == .violated }
  }

  /// Drops what is of other invariants.
  mutating func keep(_ invariants: Set<Int>) {
    if invariants.count == steps.count { return }
    changes.removeAll { !invariants.contains($0.invariant) }
    for i in steps.indices where !invariants.contains(i) { steps[i] = StepViolations() }
  }

  /// Adds what came after, or in other keys.
  package mutating func append(_ other: VerdictRecord) {
    changes += other.changes
    for i in steps.indices { steps[i].append(other.steps[i]) }
  }

  /// Drops what is beyond a cut, brings the rest into the order of the log, and drops first verdicts of an
  /// interval that are no other than the last ones of the interval before.
  package mutating func arrange(to cut: Cut) {
    changes.removeAll { $0.cut > cut }
    changes.sort {
      ($0.cut, $0.invariant) < ($1.cut, $1.invariant)
        || ($0.cut, $0.invariant) == ($1.cut, $1.invariant)
          && Name($0.key ?? "") < Name($1.key ?? "")
    }
    changes = changes.reduce(into: []) { $0.appendOver($1) }
    var last: [VerdictSubject: Verdict] = [:]
    changes = changes.filter { last.updateValue($0.verdict, forKey: $0.subject) != $0.verdict }
    for i in steps.indices {
      steps[i].drop(beyond: cut)
      steps[i].sort()
    }
  }
}

extension [VerdictChange] {
  /// Of several events that lead to one cut of the log's state, as an edited past may have them, the last one
  /// counts.
  fileprivate mutating func appendOver(_ change: VerdictChange) {
    guard let last, last.cut == change.cut, last.key == nil, last.subject == change.subject else {
      append(change)
      return
    }
    self[count - 1] = change
  }
}

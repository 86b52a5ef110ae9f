import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

/// The answers that go further than verdicts, each found in two ways that must agree.
func explainEveryWay(_ data: Dataset, _ plain: Replayer, _ scan: Scan) async throws {
  try await expectSameAfterGrowth(data, plain, scan)
  let violations = Array(try await plain.violations(in: scan).prefix(3))
  for violation in violations {
    try await expectReasons(data, plain, violation)
    try expectSteps(data, plain, violation)
  }
  try await expectSameFromIndex(data, plain, violations)
}

/// Who wrote what a violation changed, looked up and replayed.
private func expectSameFromIndex(_ data: Dataset, _ plain: Replayer, _ violations: [Violation])
  async throws
{
  var indexed = plain
  indexed.snapshots = try SnapshotStore(log: #require(plain.log))
  indexed.savesSnapshots = true
  // A machine that fails at an event has no index of the whole log; one with a state per stream needs none.
  let made = try? await indexed.indexWrites()
  var lookups = 0
  for violation in violations {
    let key = violation.episode.key
    let paths = violation.diff.changes.prefix(4).map(\.path)
    for path in key == nil ? paths : [StatePath()] {
      for cut in [violation.episode.firstCut, plain.history.end] {
        let known = try await indexed.blame(path, ofKey: key, at: cut)
        let replayed = try await plain.blame(path, ofKey: key, at: cut)
        let comment: Comment = "\(data.name), \(path) of \(key ?? "the log") at \(cut)"
        #expect(known.value == replayed.value, comment)
        #expect(known.lastWriter?.event == replayed.lastWriter?.event, comment)
        #expect(known.lastWriter?.changes == replayed.lastWriter?.changes, comment)
        if known.work.indexedTo != nil { lookups += 1 }
      }
    }
  }
  #expect(made == nil || plain.machine.scope == .stream || violations.isEmpty || lookups > 0)
  let snapshots = try SnapshotStore(log: #require(plain.log))
  try snapshots.dropOtherCaches()
  for entry in try snapshots.entries() { try snapshots.drop(entry) }
}

/// Verdicts that were kept when the log was shorter say the same with what came since.
private func expectSameAfterGrowth(_ data: Dataset, _ plain: Replayer, _ scan: Scan) async throws {
  var keeping = plain
  keeping.snapshots = try SnapshotStore(log: #require(plain.log))
  keeping.savesSnapshots = true
  keeping.secondsWorthKeeping = 0
  let end = plain.history.end
  for (workers, cut) in [(1, Cut(UInt64(end) / 3)), (2, end - UInt64(end) / 7), (1, end), (2, end)]
  {
    keeping.workers = workers
    let found = try await keeping.scan(to: cut)
    guard cut == end else { continue }
    #expect(found.work.judgedBefore != nil, "\(data.name)")
    expectSame(scan, found, "\(data.name), from kept verdicts")
  }
  try SnapshotStore(log: #require(plain.log)).dropOtherCaches()
}

/// Each event that is named as a writer is the one that blame names.
private func expectReasons(_ data: Dataset, _ plain: Replayer, _ violation: Violation) async throws
{
  let why = try await plain.why(violation, depth: 2, limit: 2)
  let key = violation.episode.key
  #expect(why.reasons.first?.event == violation.event)
  // A step may look at nothing that its event wrote.
  if violation.finding.invariant.kind == .state {
    #expect(why.reasons.first?.writes.isEmpty == false || violation.diff.isEmpty, "\(data.name)")
  }
  for reason in why.reasons {
    for read in (reason.reads ?? []) + reason.judgedBefore {
      let blame = try await plain.blame(read.path, ofKey: key, at: reason.event.offset.cutBefore)
      let comment: Comment = "\(data.name), \(read.path) at \(reason.event.offset)"
      #expect(blame.lastWriter?.event.offset == read.writer, comment)
      #expect(blame.value == read.value, comment)
    }
    for write in reason.writes where reason.depth > 0 {
      let blame = try await plain.blame(write.path, ofKey: key, at: reason.event.offset.cutAfter)
      #expect(blame.lastWriter?.event == reason.event, "\(data.name), \(write.path)")
      let change = blame.lastWriter?.changes.first
      #expect(change?.old == write.old && change?.new == write.new, "\(data.name), \(write.path)")
    }
  }
}

/// Going to a violation, back and forth, shows what the scan showed.
private func expectSteps(_ data: Dataset, _ plain: Replayer, _ violation: Violation) throws {
  let cut = violation.episode.firstCut
  let timeline = try Timeline(plain, at: min(cut + 2, plain.history.end))
  for target in [cut, max(cut, 1) - 1, cut] {
    let step = try timeline.arrive(at: target)
    guard target == cut, let step else { continue }
    #expect(step.event == violation.event, "\(data.name)")
    let isSame = step.changes == violation.diff.changes
    let isNew = step.key != nil && step.changes.count == 1
    #expect(isSame || isNew, "\(data.name), \(violation.finding.invariant.name)")
  }
}

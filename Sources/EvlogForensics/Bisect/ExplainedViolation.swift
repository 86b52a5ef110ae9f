import EvlogJSON
import EvlogMachine
public import EvlogReplay
import EvlogStore

/// A violation, with the earlier values that its event and the invariant had read.
public struct ExplainedViolation: Sendable {
  /// The violation.
  public let violation: Violation
  /// The earlier values that were read, each with its last writer. Paths that the event wrote and the invariant
  /// read come first, then the invariant's other reads.
  public let reads: [Why.Read]
  /// The number of paths that were read but are not in `reads`.
  public let readsLeftOut: Int
}

extension Replayer {
  /// The first violation of each invariant that has one, in the order of the log.
  ///
  /// The answer is kept beside the log, as verdicts are, so asking again replays nothing.
  public func explainedViolations(in scan: Scan) async throws -> [ExplainedViolation] {
    try await explained(in: scan).violations
  }

  /// The same, and what the replays took.
  package func explained(in scan: Scan) async throws -> (
    violations: [ExplainedViolation], work: Work
  ) {
    try await QuestionThreads.run {
      let first = scan.findings.compactMap { finding in finding.firstBreak.map { (finding, $0) } }
        .sorted { $0.1.firstCut < $1.1.firstCut }
      let start = ContinuousClock.now
      let store = ExplanationStore(self)
      let known = store?.read(to: first.last?.1.firstCut) ?? []
      let found = try first.compactMap { finding, episode in
        try known.first { $0.isOf(finding, episode) }?.explained(finding, episode, history)
      }
      if found.count == first.count { return (found, Work()) }
      var (violations, work) = try await violationsAndWork(in: scan)
      violations.sort { $0.episode.firstCut < $1.episode.firstCut }
      var explained: [ExplainedViolation] = []
      for violation in violations {
        var reads: [Why.Read] = []
        var leftOut = 0
        if violation.stateProblem == nil {
          let why = try await why(violation, depth: 1, limit: 3)
          work.add(why.work)
          if let reason = why.reasons.first {
            reads = reason.readsByWeight
            leftOut = max(0, reason.lookedAt - reads.count)
          }
        }
        explained.append(
          ExplainedViolation(violation: violation, reads: reads, readsLeftOut: leftOut))
      }
      if (ContinuousClock.now - start) / .seconds(1) >= secondsWorthKeeping {
        // A cache: when it cannot be written, the next question takes longer and has the same answer.
        try? store?.save(explained, beside: known)
      }
      return (explained, work)
    }
  }
}

/// An explanation as it is kept.
private struct KeptExplanation {
  let invariant: String
  let key: String?
  let cut: Cut
  let old: JSONValue
  let new: JSONValue
  let reads: [Why.Read]
  let readsLeftOut: Int

  init?(_ explained: ExplainedViolation) {
    let violation = explained.violation
    // The reason that a state cannot be shown is worked out again each time.
    if violation.stateProblem != nil { return nil }
    invariant = violation.finding.invariant.name
    key = violation.episode.key
    cut = violation.episode.firstCut
    (old, new) = (violation.diff.old, violation.diff.new)
    reads = explained.reads
    readsLeftOut = explained.readsLeftOut
  }

  func isOf(_ finding: Finding, _ episode: Episode) -> Bool {
    Name(invariant) == Name(finding.invariant.name) && cut == episode.firstCut
      && key.map(Name.init) == episode.key.map(Name.init)
  }

  func explained(_ finding: Finding, _ episode: Episode, _ history: any History) throws
    -> ExplainedViolation
  {
    let event = try episode.brokenBy.flatMap { try history.event(at: $0) }
    return ExplainedViolation(
      violation: Violation(
        finding: finding, episode: episode, event: event, diff: StateDiff(from: old, to: new)),
      reads: reads, readsLeftOut: readsLeftOut)
  }

  var json: JSONValue {
    func optional(_ value: JSONValue?) -> JSONValue { .array(value.map { [$0] } ?? []) }
    let list = reads.map { read -> JSONValue in
      .array([
        .string("\(read.path)"), optional(read.value), optional(read.writer.map { .int($0) }),
        .bool(read.isFollowed),
      ])
    }
    return .array([
      .string(invariant), optional(key.map { .string($0) }), .int(cut), old, new, .array(list),
      .int(readsLeftOut),
    ])
  }

  init?(json: JSONValue) {
    guard let parts = json.arrayValue, parts.count == 7, let name = parts[0].stringValue,
      let cut = parts[2].integer(Cut.self), let list = parts[5].arrayValue,
      let leftOut = parts[6].integer(Int.self)
    else { return nil }
    var reads: [Why.Read] = []
    for item in list {
      // One path that cannot be read makes the whole explanation unusable: it is worked out again.
      guard let parts = item.arrayValue, parts.count == 4,
        let path = parts[0].stringValue.flatMap({ try? StatePath(parsing: $0) })
      else { return nil }
      reads.append(
        Why.Read(
          path: path, value: parts[1].arrayValue?.first,
          writer: parts[2].arrayValue?.first?.integer(Offset.self),
          isFollowed: parts[3] == .bool(true)))
    }
    self.reads = reads
    readsLeftOut = leftOut
    invariant = name
    key = parts[1].arrayValue?.first?.stringValue
    self.cut = cut
    (old, new) = (parts[3], parts[4])
  }
}

/// The explanations of a machine's first violations, beside its verdicts.
private struct ExplanationStore {
  private static let suffix = ".first" + CacheName.verdicts
  private static let magic = "EVLOGVRD"
  /// Above this size, explanations are not kept.
  private static let byteLimit = 32 << 20

  let snapshots: SnapshotStore
  let machine: MachineDescriptor

  init?(_ replayer: Replayer) {
    // A condition of the moment is not in the machine's fingerprint.
    guard let snapshots = replayer.snapshots, !replayer.machine.hasExpression else { return nil }
    self.snapshots = snapshots
    machine = replayer.machine
  }

  private func name(_ cut: Cut) -> String {
    machine.cacheName(machine.fingerprint, at: cut) + Self.suffix
  }

  /// The kept explanations whose last violation is at `cut`. A file that cannot be used counts as none.
  func read(to cut: Cut?) -> [KeptExplanation] {
    // Whatever is missing, damaged or of other events is no cache: the answer is worked out again.
    guard let cut,
      let bytes = try? snapshots.files.read(name(cut)),
      let (header, body) = try? CacheFile.decode(bytes, Self.magic, named: "a list of violations"),
      header["fingerprint"]?.stringValue == "\(machine.fingerprint)",
      let digest = try? snapshots.digest(at: cut), header["logDigest"]?.stringValue == "\(digest)",
      let list = JSONValue(validating: body[...])?.arrayValue
    else { return [] }
    return list.compactMap(KeptExplanation.init(json:))
  }

  func save(_ explained: [ExplainedViolation], beside known: [KeptExplanation]) throws {
    let new = explained.compactMap(KeptExplanation.init)
    guard let cut = explained.last?.violation.episode.firstCut else { return }
    let others = known.filter { one in !new.contains { Name($0.invariant) == Name(one.invariant) } }
    let body = JSONValue.array((new + others).map(\.json)).canonicalBytes
    guard body.count <= Self.byteLimit else { return }
    let file = CacheFile(
      Self.magic,
      [
        ("log", .string(snapshots.historyID)), ("machine", .string(machine.name)),
        ("fingerprint", .string("\(machine.fingerprint)")), ("cut", .int(cut)),
        ("logDigest", .string("\(try snapshots.digest(at: cut))")),
      ], body: body)
    // One file is enough: as a log grows, its first violations stay where they are.
    let prefix = machine.cacheName(machine.fingerprint, at: 0).dropLast(20)
    for old in try snapshots.files.names()
    where old.hasPrefix(prefix) && old.hasSuffix(Self.suffix) && old != name(cut) {
      try snapshots.files.remove(old)
    }
    try snapshots.files.write(file.encoded(), name(cut))
  }
}

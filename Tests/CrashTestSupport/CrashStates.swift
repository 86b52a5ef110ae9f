package import EvlogStore
package import EvlogTesting
import Synchronization

/// Crash states, each made, examined and told apart by one number.
///
/// A number names a workload, a moment in it, and all that chance decides: what of the disk survives,
/// how the log is used afterwards, when the power is cut again and what survives that.
package final class CrashStates: Sendable {
  /// Each workload is recorded with so many different contents.
  private static let variants = 4

  package let workloads: [CrashWorkload]
  private let judge: (@Sendable (DiskCall) -> DiskVerdict)?
  private let faults: FaultInjector?
  private let recordings = Mutex<[Int: Recording]>([:])

  private struct Recording: Sendable {
    var moments: [CrashSession.Moment]
    /// What went wrong without any crash, on a disk that lies.
    var failure: String?
  }

  package init(
    _ workloads: [CrashWorkload] = CrashWorkload.all,
    judge: (@Sendable (DiskCall) -> DiskVerdict)? = nil, faults: FaultInjector? = nil
  ) {
    self.workloads = workloads
    self.judge = judge
    self.faults = faults
  }

  /// What was found in a state.
  package struct Finding: Sendable {
    package let number: UInt64
    package let workload: String
    package let moment: Int
    /// The disks that were opened after a crash, by their fingerprints.
    package var disks: [Int] = []
    package var violation: String?
  }

  package func momentCount(of workload: Int) -> Int { recording(workload).moments.count }

  private func recording(_ i: Int) -> Recording {
    if let known = recordings.withLock({ $0[i] }) { return known }
    let workload = workloads[i % workloads.count]
    let session = CrashSession(seed: UInt64(i), judge: judge, faults: faults)
    var failure: String?
    do {
      try workload.prepare(session)
      session.observe()
      try workload.run(session)
      session.finish()
      session.close()
    } catch { failure = "without a crash: \(error)" }
    session.disk.observe(nil)
    let recording = Recording(moments: session.moments, failure: failure)
    recordings.withLock { $0[i] = recording }
    return recording
  }

  /// Makes a state and sees whether all is well.
  package func examine(_ number: UInt64) -> Finding {
    let i = Int(number % UInt64(workloads.count * Self.variants))
    let rest = number / UInt64(workloads.count * Self.variants)
    let recording = recording(i)
    let name = workloads[i % workloads.count].name
    guard recording.failure == nil, !recording.moments.isEmpty else {
      return Finding(number: number, workload: name, moment: 0, violation: recording.failure)
    }
    let k = Int(rest % UInt64(recording.moments.count))
    var finding = Finding(number: number, workload: name, moment: k)
    var generator = SeededGenerator(seed: number)
    do {
      let next = try crash(recording.moments[k], &generator, &finding)
      try crashAgain(next, &generator, &finding)
    } catch { finding.violation = "\(error)" }
    return finding
  }

  /// The first crash; what was found is used, and a moment of that is returned.
  private func crash(
    _ moment: CrashSession.Moment, _ generator: inout SeededGenerator, _ finding: inout Finding
  ) throws -> CrashSession.Moment {
    var moment = moment
    let isKilled = generator.oneIn(8)
    let seed = generator.next()
    if !isKilled { moment.disk = PowerCut.cut(moment.disk, seed: seed) }
    let session = CrashSession(moment, seed: generator.next(), judge: judge, faults: faults)
    finding.disks.append(moment.disk.fingerprint)
    try session.openReadOnly()
    if isKilled, generator.oneIn(2) {
      session.cutPower(seed: generator.next())
      finding.disks.append(session.disk.state.fingerprint)
    }
    session.observe(sampling: generator.next())
    try session.open()
    for _ in 0...generator.below(3) {
      try append(session, &generator)
      if generator.oneIn(4) { try session.seal() }
    }
    if generator.oneIn(4) {
      session.close()
      try session.open(isClean: true)
      try append(session, &generator)
    }
    session.finish()
    session.disk.observe(nil)
    session.close()
    return session.moments[0]
  }

  private func crashAgain(
    _ moment: CrashSession.Moment, _ generator: inout SeededGenerator, _ finding: inout Finding
  ) throws {
    var moment = moment
    moment.disk = PowerCut.cut(moment.disk, seed: generator.next())
    let session = CrashSession(moment, seed: generator.next(), judge: judge, faults: faults)
    finding.disks.append(moment.disk.fingerprint)
    if generator.oneIn(2) { try session.openReadOnly() }
    try session.open()
    try append(session, &generator)
    session.close()
    if generator.oneIn(4) {
      try session.open(isClean: true)
      session.close()
    }
  }

  private func append(_ session: CrashSession, _ generator: inout SeededGenerator) throws {
    let size = [10, 300, 900, 2600, 4500][generator.below(5)]
    guard try session.append(size) else {
      throw CrashOracle.Violation("what was found takes no turns")
    }
  }
}

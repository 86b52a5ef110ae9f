import CrashTestSupport
import EvlogTesting
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// After a crash at any moment, whatever the disk kept, the log is what it said it was.
///
/// `EVLOG_CRASH_STATE=n` examines one state alone; `Tools/crash-states` examines millions.
@Suite struct CrashStatesTests {
  static var chosen: UInt64? {
    guard let text = unsafe getenv("EVLOG_CRASH_STATE") else { return nil }
    return unsafe UInt64(String(cString: text))
  }

  @Test func everyCrashLeavesWhatWasAcknowledged() async {
    let states = CrashStates()
    let numbers = Self.chosen.map { $0..<($0 + 1) } ?? 0..<10_000
    let run = await CrashRun.examine(numbers, of: states)
    for finding in run.violations {
      Issue.record("\(finding); EVLOG_CRASH_STATE=\(finding.number)")
    }
    // The moments of every workload were reached.
    #expect(Self.chosen != nil || run.diskCount > 18_000)
    #expect(Self.chosen != nil || run.distinct.count > 5_000)
  }

  /// Without a crash too: what a number stands for does not change from run to run.
  @Test func aNumberIsAlwaysTheSameState() {
    let findings = (0..<2).map { _ in
      let states = CrashStates()
      return (0..<states.workloads.count).map { i in states.momentCount(of: i) }
    }
    #expect(findings[0] == findings[1])
    #expect(findings[0].allSatisfy { $0 > 10 })
  }
}

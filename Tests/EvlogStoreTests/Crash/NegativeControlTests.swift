import CrashTestSupport
import EvlogStore
import Testing

/// Each safety is needed: where one is left out, the crash states find it.
///
/// That they find nothing where none is left out, `CrashStatesTests` shows.
@Suite struct NegativeControlTests {
  @Test(arguments: Safety.allCases) func withoutItACrashDoesHarm(safety: Safety) async {
    let states = CrashStates(safety.workloads, judge: safety.omission())
    let run = await CrashRun.examine(0..<20_000, of: states, workers: 1, stopAfter: 1)
    #expect(!run.violations.isEmpty, "without \(safety), \(run.diskCount) disks were all right")
  }

  @Test func withoutTheChecksumOfFramesACrashDoesHarm() async {
    let faults = FaultInjector()
    faults.omit(.frameChecksum)
    let states = CrashStates(CrashWorkload.all.filter { $0.name == "append" }, faults: faults)
    let run = await CrashRun.examine(0..<20_000, of: states, stopAfter: 1)
    #expect(!run.violations.isEmpty)
  }
}

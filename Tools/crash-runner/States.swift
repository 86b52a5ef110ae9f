import CrashTestSupport
import Synchronization

/// Examines the states of these numbers and prints what was found; true where nothing is wrong.
func runStates(_ numbers: Range<UInt64>) async -> Bool {
  let clock = ContinuousClock()
  let start = clock.now
  let shown = Mutex(start)
  let run = await CrashRun.examine(numbers, of: CrashStates()) { run in
    let isDue = shown.withLock { shown in
      guard clock.now - shown > .seconds(10) else { return false }
      shown = clock.now
      return true
    }
    if isDue { say("\(run.diskCount) crashed disks, \(run.distinct.count) of them different") }
    return true
  }
  for (workload, count) in run.diskCounts.sorted(by: { $0.key < $1.key }) {
    say("  \(workload): \(count)")
  }
  let seconds = Double((clock.now - start).components.seconds) + 0.001
  say(
    "\(run.diskCount) crashed disks, \(run.distinct.count) of them different, "
      + "\(Int(Double(run.diskCount) / seconds)) a second; \(run.violations.count) violations")
  for finding in run.violations { say("\(finding)") }
  return run.violations.isEmpty
}

/// Leaves out each safety in turn; true where that was found each time.
func runControls() async -> Bool {
  var isComplete = true
  for safety in Safety.allCases {
    let states = CrashStates(safety.workloads, judge: safety.omission())
    let run = await CrashRun.examine(0..<20_000, of: states, workers: 1, stopAfter: 1)
    say("without \(safety): \(run.violations.first.map { "\($0)" } ?? "NOTHING FOUND")")
    if run.violations.isEmpty { isComplete = false }
  }
  return isComplete
}

import CrashTestSupport

let arguments = CommandLine.arguments.dropFirst()
let states = CrashStates()
if arguments.first == "replay", let number = arguments.dropFirst().first.flatMap(UInt64.init) {
  print(states.examine(number))
} else {
  let count = arguments.first.flatMap(UInt64.init) ?? 1000
  let clock = ContinuousClock()
  let start = clock.now
  let run = await CrashRun.examine(0..<count, of: states)
  for (name, count) in run.diskCounts.sorted(by: { $0.key < $1.key }) { print(name, count) }
  print("disks \(run.diskCount), distinct \(run.distinct.count), \(clock.now - start)")
  for finding in run.violations.prefix(10) { print(finding) }
}

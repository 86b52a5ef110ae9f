import CrashTestSupport
import Foundation

/// Crashes in great numbers: see `Tools/crash-states` and `Tools/kill-writers`.
let arguments = Array(CommandLine.arguments.dropFirst())
let number = arguments.dropFirst().first.flatMap(UInt64.init)

switch (arguments.first, number) {
case ("states", let count?):
  let first = arguments.dropFirst(2).first.flatMap(UInt64.init) ?? 0
  exit(await runStates(first..<(first + count)) ? 0 : 1)
case ("replay", let number?):
  let finding = CrashStates().examine(number)
  say("\(finding)")
  exit(finding.violation == nil ? 0 : 1)
case ("controls", nil):
  exit(await runControls() ? 0 : 1)
case ("kills", let count?):
  exit(try KillLoop.run(count) ? 0 : 1)
case ("write", let seed?):
  try KillLoop.write(to: arguments[2], seed: seed)
case ("soak", let seconds?):
  exit(try Soak.run(seconds: Double(seconds)) ? 0 : 1)
default:
  say("crash-runner states COUNT [FIRST] | replay NUMBER | controls | kills COUNT | soak SECONDS")
  exit(64)
}

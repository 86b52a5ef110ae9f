import EvlogMachine
import EvlogTool

/// The command with machines that leak, each in its own way, one that does not, one that traps, and one of which
/// nothing can be kept.
await EvlogTool.main(
  machines: LeakyMachine.Leak.allCases.map { LeakyMachine(leak: $0).program } + [
    Door().program, Keyed(Door(), name: "Doors") { _ in "door" }.program,
  ])

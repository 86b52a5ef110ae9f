import EvlogMachine
import EvlogTool

/// The command with machines that leak, each in its own way, one that does not, and one that traps.
await EvlogTool.main(
  machines: LeakyMachine.Leak.allCases.map { LeakyMachine(leak: $0).program } + [Door().program])

import EvlogTool
import Replay

/// The command with machines that leak, each in its own way, and one that does not.
await EvlogTool.main(machines: LeakyMachine.Leak.allCases.map { LeakyMachine(leak: $0).program })

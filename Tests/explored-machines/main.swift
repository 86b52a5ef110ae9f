import EvlogMachine
import EvlogTool
import ReplayTestSupport

/// The command with compiled machines that declare how they are explored.
await EvlogTool.main(machines: [
  TwoPhaseCommit(3).program, TwoPhaseCommit(5).program, TwoPhaseCommit(7).program,
  TwoPhaseCommit(8).program, TwoPhaseCommit(7, number: true).program,
  TwoPhaseCommit(8, number: true).program, TwoPhaseCommit(5, symmetry: true).program,
])

import EvlogTool

/// The command with machines of the table language, rendered to Swift.
await EvlogTool.main(machines: tableMachines)

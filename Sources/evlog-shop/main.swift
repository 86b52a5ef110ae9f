import EvlogMachine
import EvlogTool

// The same verbs as `evlog`, with a machine of our own: evlog-shop bisect LOG --machine Shop
await EvlogTool.main(machines: [Shop().program])

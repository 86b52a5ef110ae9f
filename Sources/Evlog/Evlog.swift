// Everything that a service is built of, by one import.
@_exported public import EvlogAnswers
@_exported public import EvlogContracts
@_exported public import EvlogCuts
@_exported public import EvlogForensics
@_exported public import EvlogJSON
@_exported public import EvlogMachine
@_exported public import EvlogProjections
@_exported public import EvlogReplay
@_exported public import EvlogStore
@_exported public import EvlogTurns

// A log takes and gives events: importing it brings them.
@_exported public import EvlogCore

// Everything that a service is built of, by one import.
@_exported public import EventLog
@_exported public import Forensics
@_exported public import Projections
@_exported public import Replay
@_exported public import Turns

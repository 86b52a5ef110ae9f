import EvlogCore
import EvlogJSON
import EvlogMachine

/// A host that does with another one what it does not do itself.
protocol ForwardingHost: Host {
  var base: any Host { get }
}

extension ForwardingHost {
  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    try base.value(at: path, of: key)
  }

  func states() throws(MachineError) -> JSONObject { try base.states() }

  func judge(_ invariant: Int, of key: String?) throws(MachineError) -> Judgement {
    try base.judge(invariant, of: key)
  }

  func assume(_ verdicts: [VerdictChange]) throws(MachineError) { try base.assume(verdicts) }

  var counts: HostCounts { get throws(MachineError) { try base.counts } }

  func failures() throws(MachineError) -> [KeyFailure] { try base.failures() }

  func evaluations(of key: String?) throws(MachineError) -> UInt64 {
    try base.evaluations(of: key)
  }

  func save() throws(MachineError) -> [UInt8] { try base.save() }

  func restore(_ saved: [UInt8]) throws(MachineError) { try base.restore(saved) }

  func checkpoint() throws(MachineError) -> Checkpoint { try base.checkpoint() }

  func resume(from checkpoint: Checkpoint) throws(MachineError) {
    try base.resume(from: checkpoint)
  }

  var watchesWrites: Bool { base.watchesWrites }

  func attempt(_ event: RecordedEvent, onStateOf witness: RecordedEvent?, by rule: RegionRule)
    throws(MachineError) -> Attempt
  { try base.attempt(event, onStateOf: witness, by: rule) }
}

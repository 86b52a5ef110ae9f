import EvlogCore
import EvlogJSON
import EvlogMachine

/// A machine whose states are seen as those of the machine that it refines.
struct AbstractedProgram: Program {
  let base: any Program
  let mapping: any RefinementMapping
  /// Events that neither machine has.
  let skipped: Set<Offset>

  var descriptor: MachineDescriptor { base.descriptor }

  func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
    AbstractedHost(
      try base.makeHost(setup), mapping.keepsStates ? nil : try mapping.makeMapper(),
      without: skipped)
  }
}

/// Runs a machine, and shows its states through a mapping. What an event writes costs the size of its state.
final class AbstractedHost: ForwardingHost {
  let base: any Host
  /// Nil where states look the same in both.
  private let mapper: (any RefinementMapper)?
  private let skipped: Set<Offset>
  /// By key: what its state was seen as last; nil where that is not known.
  private var known: [Name: JSONValue]?

  init(
    _ base: any Host, _ mapper: (any RefinementMapper)?, without skipped: Set<Offset> = []
  ) {
    (self.base, self.mapper, self.skipped) = (base, mapper, skipped)
  }

  func run(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, verdict: (VerdictChange) -> Void,
    moment: (Moment) -> Void
  ) throws(MachineError) {
    var rest = events
    while !rest.isEmpty {
      let some = skipped.isEmpty ? rest : rest.prefix { !skipped.contains($0.offset) }
      try runAll(some, watching: watch, verdict, moment)
      rest = rest.dropFirst(some.count).drop { skipped.contains($0.offset) }
    }
  }

  private func runAll(
    _ events: ArraySlice<RecordedEvent>, watching watch: Watch, _ verdict: (VerdictChange) -> Void,
    _ moment: (Moment) -> Void
  ) throws(MachineError) {
    guard mapper != nil, case .writes = watch else {
      known = nil
      return try base.run(events, watching: watch, verdict: verdict, moment: moment)
    }
    if known == nil {
      known = [:]
      for member in try states().members { known?[Name(member.key)] = member.value }
    }
    for i in events.indices {
      var seen: [Moment] = []
      try base.run(events[i...i], watching: watch, verdict: verdict) { seen.append($0) }
      for var change in seen {
        if !change.writes.isEmpty { change.writes = try writes(of: change.key) }
        moment(change)
      }
    }
  }

  private func writes(of key: String?) throws(MachineError) -> [Write] {
    let name = Name(key ?? "")
    let old = known?[name]
    let new = try state(of: key)
    known?[name] = new
    return Write.between(old, new, at: StatePath())
  }

  private func seen(_ state: JSONValue) throws(MachineError) -> JSONValue {
    guard let mapper else { return state }
    return try mapper.abstract(state)
  }

  func value(at path: StatePath, of key: String?) throws(MachineError) -> JSONValue? {
    guard mapper != nil else { return try base.value(at: path, of: key) }
    guard let state = try base.state(of: key) else { return nil }
    return try seen(state)[path]
  }

  func states() throws(MachineError) -> JSONObject {
    let members = try base.states().members
    return JSONObject(
      try members.map { member throws(MachineError) in (member.key, try seen(member.value)) })
  }

  func restore(_ saved: [UInt8]) throws(MachineError) {
    known = nil
    try base.restore(saved)
  }

  func resume(from checkpoint: Checkpoint) throws(MachineError) {
    known = nil
    try base.resume(from: checkpoint)
  }

  /// What it writes is compared, not its state.
  var watchesWrites: Bool { true }
}

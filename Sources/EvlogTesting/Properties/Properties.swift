import EvlogForensics
public import EvlogReplay
public import EvlogStore

/// Expects that a machine makes the same states from the same events, wherever they are in memory.
///
/// The events are reduced twice, with the states of the first run kept alive: a dependence on the order of a
/// set or a dictionary, on a clock or on randomness shows there. `evlog audit` also runs the machine in other
/// processes, which finds more. Throws ``ExpectationFailure`` with the first event after which states differ.
public func expectDeterministic(_ machine: some Machine, over log: EventLog) throws {
  let program = machine.program
  // What a state was is kept, not only what it is encoded as: then no memory is used again.
  let first = program.makeHost()
  var kept: [Checkpoint] = []
  var digests: [Digest] = []
  try reduce(log, first) {
    digests.append(try first.wholeState(program.descriptor.scope).digest)
    kept.append(try first.checkpoint())
  }
  let second = program.makeHost()
  var cut = 0
  try reduce(log, second) {
    let state = try second.wholeState(program.descriptor.scope)
    defer { cut += 1 }
    guard state.digest != digests[cut] else { return }
    try first.resume(from: kept[cut])
    let other = try first.wholeState(program.descriptor.scope)
    throw ExpectationFailure(
      "'\(program.descriptor.name)' is not deterministic: after the event at offset \(cut) its state "
        + "differs when the events are reduced again:\n"
        + StateDiff(from: other, to: state).lines(limit: 10).joined(separator: "\n"))
  }
}

/// Expects that a machine that continues from a saved state reaches the same states as without saving.
///
/// The state is saved and read back at the given cuts; by default, at every cut. Throws ``ExpectationFailure``
/// with the cut and the event after which states differ.
public func expectSnapshotTransparent(
  _ machine: some Machine, over log: EventLog, at cuts: [Cut]? = nil
) throws {
  let program = machine.program
  let scope = program.descriptor.scope
  let whole = program.makeHost()
  var digests = [try whole.wholeState(scope).digest]
  var saved: [Cut: [UInt8]] = [:]
  try reduce(log, whole) {
    let cut = Cut(digests.count)
    digests.append(try whole.wholeState(scope).digest)
    if cuts?.contains(cut) ?? true { saved[cut] = try whole.save() }
  }
  for (cut, bytes) in saved.sorted(by: { $0.key < $1.key }) {
    let execution = program.makeHost()
    try execution.restore(bytes)
    func check(_ place: Cut) throws {
      let state = try execution.wholeState(scope)
      guard state.digest != digests[Int(place)] else { return }
      throw ExpectationFailure(
        "'\(program.descriptor.name)' reaches another state when it continues from the one saved at cut \(cut): at cut "
          + "\(place) it is \(state.canonicalText.prefix(500))")
    }
    try check(cut)
    var place = cut
    try reduce(log, execution, from: cut) {
      place += 1
      try check(place)
    }
  }
}

/// Reduces the events one by one, and runs a body after each.
private func reduce(
  _ log: EventLog, _ execution: any Host, from: Cut = 0, _ body: () throws -> Void
) throws {
  var cursor = log.events(Query(from: from)).makeCursor()
  while let event = try cursor.next() {
    try execution.run([event], checks: false) { _ in }
    try body()
  }
}

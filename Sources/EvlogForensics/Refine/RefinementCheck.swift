public import EvlogCore
import EvlogJSON
public import EvlogMachine
public import EvlogReplay

/// The result of checking over a history whether a machine refines an older one.
///
/// Each event makes a square: the newer machine takes the event, the older machine takes the events that it sees
/// instead, and the newer state, translated by the mapping, must be the older state. Both machines are deterministic,
/// so if every square commutes from the beginning on, the newer machine simulates the older one.
public struct RefinementCheck: Sendable {
  /// The events of one type that the newer machine refused, as its mapping allows.
  public struct Refused: Sendable, Hashable {
    public let type: String
    public let count: UInt64
    public let first: Offset
  }

  /// The older machine's run, and the newer one's with translated states.
  public let comparison: Comparison
  /// The events that the newer machine refused, as its mapping allows. Both machines skipped them.
  public let refused: [Refused]
  /// The invariants that only the older machine has, and those that only the newer one has.
  public let lost, added: [InvariantDescriptor]
  /// The states to rebuild.
  public let plan: RebuildPlan

  /// Whether the newer machine is known not to refine the older one.
  public var isBroken: Bool {
    !comparison.divergences.isEmpty || !lost.isEmpty
      || comparison.changes.contains { $0.kind == .new || $0.kind == .other }
      || narrowsUndeclared
  }

  /// Whether the newer machine refused an event that the older one took and that the mapping does not allow it to refuse.
  public var narrowsUndeclared: Bool {
    let older = Set(comparison.first.failedKeys.map { Name($0.key) })
    if comparison.second.failedKeys.contains(where: { !older.contains(Name($0.key)) }) {
      return true
    }
    guard let newer = comparison.second.failure?.offset else {
      return comparison.second.failure != nil && comparison.first.failure == nil
    }
    return comparison.first.failure?.offset ?? .max > newer
  }

  /// Whether every event was checked: neither machine failed on the way.
  public var isToEnd: Bool {
    comparison.first.failure == nil && comparison.second.failure == nil
      && comparison.first.failedKeys.isEmpty && comparison.second.failedKeys.isEmpty
  }
}

extension Replayer {
  /// Checks over the history whether the machine refines an older one.
  ///
  /// Throws `invalid` if the two have states for different things.
  public func refine(
    _ old: any Program, by mapping: any RefinementMapping, to cut: Cut? = nil
  ) async throws -> RefinementCheck {
    try await QuestionThreads.run {
      let cut = try checked(cut)
      _ = try SquareProgram(program, refines: old, by: mapping)
      let refused = try refusals(of: mapping.narrows, to: cut)
      let isSame = mapping.keepsStates && mapping.keepsEvents && refused.offsets.isEmpty
      let comparison: Comparison
      let plan: RebuildPlan
      if isSame {
        (comparison, plan) = try compared(with: old, to: cut)
      } else {
        // The plan is about the states as they are, after the events as they are.
        plan =
          try beginsElsewhere(than: old) ? RebuildPlan(.all) : try compared(with: old, to: cut).plan
        let seen = AbstractedProgram(base: program, mapping: mapping, skipped: refused.offsets)
        // Nothing is kept of a run without the events that were refused.
        let replayer = Replayer(seen, over: history, workers: workers)
        comparison = try replayer.compared(
          with: MappedProgram(base: old, mapping: mapping, skipped: refused.offsets), to: cut
        ).comparison
      }
      let (older, newer) = (old.descriptor.invariants, machine.invariants)
      let names = (old: Set(older.map { Name($0.name) }), new: Set(newer.map { Name($0.name) }))
      return RefinementCheck(
        comparison: comparison, refused: refused.types,
        lost: older.filter { !names.new.contains(Name($0.name)) },
        added: newer.filter { !names.old.contains(Name($0.name)) }, plan: plan)
    }
  }

  /// Whether the log's one state differs from the older machine's before any event.
  private func beginsElsewhere(than old: any Program) throws -> Bool {
    guard machine.scope == .log else { return false }
    return try makeHost().state(of: nil) != old.makeHost().state(of: nil)
  }

  /// Both runs over the history, the older machine's first, and the states to rebuild.
  private func compared(with old: any Program, to cut: Cut) throws -> (
    comparison: Comparison, plan: RebuildPlan
  ) {
    let pair = try RunPair(program, old, to: cut)
    pair.recordsKeys = true
    try pair.run(over: history, progress: progress)
    let keys = pair.differingKeys
    let comparison = try pair.finish(self).reversed
    return (comparison, Self.plan(comparison, keys, scope: machine.scope))
  }

  /// The events of some types that the machine refuses.
  private func refusals(of types: Set<String>, to cut: Cut) throws -> (
    offsets: Set<Offset>, types: [RefinementCheck.Refused]
  ) {
    guard !types.isEmpty else { return ([], []) }
    // Other failures are found when the two are compared.
    let host = try program.makeHost(HostSetup(isolatesFailures: true, judged: []))
    var offsets: Set<Offset> = []
    var counts: [String: (count: UInt64, first: Offset)] = [:]
    try history.forEachRow(of: Query(to: cut)) { events in
      var rest = events
      while !rest.isEmpty {
        let plain = rest.prefix { !types.contains($0.type) }
        do throws(MachineError) { try host.run(plain, checks: false) { _ in } } catch {
          return false
        }
        rest = rest.dropFirst(plain.count)
        guard let event = rest.popFirst() else { break }
        let (kept, failed) = (try host.checkpoint(), try host.counts.failed)
        var isRefused = false
        do throws(MachineError) {
          try host.run([event], checks: false) { _ in }
          isRefused = try host.counts.failed > failed
        } catch { isRefused = true }
        if isRefused {
          try host.resume(from: kept)
          offsets.insert(event.offset)
          counts[event.type, default: (0, event.offset)].count += 1
        }
      }
      return true
    }
    return (
      offsets,
      counts.sorted { $0.key < $1.key }.map {
        RefinementCheck.Refused(type: $0.key, count: $0.value.count, first: $0.value.first)
      }
    )
  }

  private static func plan(_ comparison: Comparison, _ keys: [String], scope: ScopeKind)
    -> RebuildPlan
  {
    let failed = [comparison.first, comparison.second].compactMap { $0.failure?.offset?.cutBefore }
    let failedKeys = (comparison.first.failedKeys + comparison.second.failedKeys).map(\.key)
    let first = (comparison.divergences.first.map { [$0.firstCut] } ?? []).min()
    guard
      let differs = [first?.offsetBefore?.cutBefore ?? first, failed.min()].compactMap({ $0 }).min()
    else {
      return failedKeys.isEmpty
        ? RebuildPlan(.nothing) : RebuildPlan(.keys, keys: Set(failedKeys).sorted())
    }
    if first == 0 { return RebuildPlan(.all) }
    if scope == .log || !failed.isEmpty { return RebuildPlan(.from, cut: differs) }
    return RebuildPlan(.keys, cut: differs, keys: Set(keys + failedKeys).sorted())
  }
}

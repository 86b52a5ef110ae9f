import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// A run that is compared with others, as far as it has come.
final class AuditFollower {
  private let replayer: Replayer
  private let run: AuditRun
  private var execution: any Host
  /// Nil where states need not be looked at.
  private let looks: StateLooks?
  /// By key, of the invariants.
  private var verdicts: [Name: [Verdict]] = [:]
  private let holding: [Verdict]
  private let cut: Cut
  private var position: Cut = 0
  /// At which cut the state is saved and read back next.
  private var reload: Cut
  private var couldNotSave: String?
  /// The last event, where states are looked at.
  private var last: Moment?
  private(set) var failure: MachineError?

  /// How many events there are at least between two savings; a shorter log has a few nevertheless.
  private static func interval(to cut: Cut) -> UInt64 { cut > 500 ? 500 : max(1, UInt64(cut) / 4) }

  /// A saving is worth so many events as its bytes divided by this: to save a state and to read it back then
  /// takes about as long as the events do.
  private static let savedBytesPerEvent: UInt64 = 64

  /// `cut` is the last one of the whole audit: where a state is saved has to do with that.
  init(_ replayer: Replayer, _ run: AuditRun, to cut: Cut, _ looks: StateLooks? = nil) throws {
    self.replayer = replayer
    self.run = run
    self.looks = looks
    holding = replayer.machine.invariants.map { _ in .holds }
    execution = try replayer.makeHost()
    reload = Cut(Self.interval(to: cut))
    self.cut = cut
    do throws(MachineError) {
      let machine = replayer.machine
      try execution.judgeBeginning(of: machine, machine.invariants.indices) { _ = note($0) }
    } catch { failure = error }
  }

  /// Goes on to a cut, or to the event at which the machine fails.
  func follow(
    to cut: Cut, _ each: (_ offset: Offset, [VerdictChange], _ look: UInt64?) throws -> Void
  ) throws {
    if failure != nil { return }
    try replayer.history.forEachRow(of: Query(from: position, to: cut)) { events in
      var rest = events
      while failure == nil, let first = rest.first {
        if run == .reloaded, first.offset >= reload.offsetAfter {
          reloadState(before: first.offset)
        }
        let some = run == .reloaded ? rest.prefix { $0.offset < reload.offsetAfter } : rest
        if failure == nil { try take(some, each) }
        rest = rest.dropFirst(some.count)
      }
      return failure == nil
    }
  }

  private func take(
    _ events: ArraySlice<RecordedEvent>,
    _ each: (_ offset: Offset, [VerdictChange], _ look: UInt64?) throws -> Void
  ) throws {
    var changes: [VerdictChange] = []
    var wrong: (any Error)?
    do throws(MachineError) {
      guard let looks else {
        try execution.run(events, checks: true) { _ = note($0) }
        position = events.last?.offset.cutAfter ?? position
        return
      }
      try execution.run(events, watching: .states(looks), verdict: { changes.append($0) }) {
        let real = changes.filter { note($0) }
        changes = []
        position = $0.offset.cutAfter
        last = $0
        do { if wrong == nil { try each($0.offset, real, $0.stateNumber) } } catch { wrong = error }
      }
    } catch {
      failure = error
      failure?.offset = error.offset ?? position.offsetAfter
    }
    if let wrong { throw wrong }
  }

  /// Keeps a verdict; whether it is another one than before.
  private func note(_ change: VerdictChange) -> Bool {
    let key = Name(change.key ?? "")
    let known = verdicts[key]?[change.invariant] ?? .holds
    verdicts[key, default: holding][change.invariant] = change.verdict
    return known != change.verdict
  }

  /// Saves the state, and goes on with what is read back, in a run of its own.
  private func reloadState(before offset: Offset) {
    reload = position + Self.interval(to: cut)
    let saved: [UInt8]
    do throws(MachineError) { saved = try execution.save() } catch {
      couldNotSave = couldNotSave ?? error.message
      return
    }
    reload = max(reload, position + UInt64(saved.count) / Self.savedBytesPerEvent)
    do throws(MachineError) {
      execution = try replayer.makeHost()
      try execution.restore(saved)
      try execution.assume(openVerdicts)
    } catch {
      failure = error
      failure?.offset = error.offset ?? offset
    }
  }

  /// What does not hold at present.
  private var openVerdicts: [VerdictChange] {
    let isLog = replayer.machine.scope == .log
    return verdicts.flatMap { key, verdicts in
      verdicts.enumerated().filter { isLog || $0.element != .holds }.map {
        VerdictChange(
          invariant: $0.offset, key: isLog ? nil : key.string, cut: position, verdict: $0.element,
          evaluation: 0)
      }
    }
  }

  // MARK: What it came to

  func trace() throws -> AuditTrace {
    var trace = AuditTrace(
      failure: failure, couldNotSave: couldNotSave,
      widest: looks.map { max($0.widest, $0.passed) } ?? 1)
    if failure == nil {
      do throws(MachineError) {
        trace.failedKeys = try execution.failures().sorted {
          $0.error.offset ?? 0 < $1.error.offset ?? 0
        }
        let failures = trace.failedKeys.map { "\($0.error.offset ?? 0) \($0.error.kind) \($0.key)" }
        trace.whole = try execution.wholeDigest(replayer.machine.scope)
          .chained(with: Array(failures.joined(separator: "\n").utf8))
      } catch { trace.failure = error }
    }
    return trace
  }

  func moment(ofAll: Bool) throws -> AuditMoment? {
    let scope = replayer.machine.scope
    guard let last, last.isReduced else { return nil }
    return AuditMoment(
      key: ofAll ? nil : last.key,
      state: ofAll ? try execution.soundState(scope) : try execution.state(of: last.key) ?? .null,
      verdicts: verdicts[Name(last.key ?? "")] ?? holding)
  }
}

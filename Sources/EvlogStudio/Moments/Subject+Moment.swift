import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// The moment at a cut: the event that led there, what it changed, what the invariants say, and the state.
extension Subject {
  /// So many changes of one event are listed.
  private static let changeLimit = 200
  /// Values with more bytes than this are shown by their beginning.
  private static let valueLimit = 4096

  func moment(at cut: Cut, key: String?) async throws -> [(String, JSONValue)] {
    guard cut <= history.end else { throw Replayer.CutBeyondEnd(cut: cut, end: history.end) }
    guard let loaded else {
      return try await QuestionThreads.run { [history] in
        let event = try cut.offsetBefore.flatMap { try history.event(at: $0) }
        return Self.moment(cut, history.end, event: event)
      }
    }
    let wording = loaded.investigation.wording
    // Where the verdicts are known too, nothing has to be replayed.
    if cut <= loaded.knownTo, let step = loaded.timelines.knownStep(at: cut) {
      return try Self.moment(
        cut, history.end, event: step.event, key: step.key, changes: step.changes,
        verdicts: loaded.verdicts(at: cut, key: key ?? step.key))
    }
    return try await loaded.timelines.use(near: cut) { [history] seat in
      let step: Timeline.Step?
      do { step = try loaded.timelines.step(at: cut, in: seat) } catch let error as MachineError {
        let event = try cut.offsetBefore.flatMap { try history.event(at: $0) }
        return Self.moment(cut, history.end, event: event) + [
          (
            "failure",
            .object([
              ("message", .string(wording(error))),
              ("offset", error.offset.map { .int($0) } ?? .null),
            ])
          )
        ]
      }
      let key = key ?? step?.key
      return try Self.moment(
        cut, history.end, event: step?.event, key: step?.key, changes: step?.changes ?? [],
        verdicts: loaded.verdicts(at: cut, key: key, seat.timeline))
    }
  }

  private static func moment(
    _ cut: Cut, _ end: Cut, event: RecordedEvent?, key: String? = nil,
    changes: [StateDiff.Change] = [], verdicts: [JSONValue] = []
  ) -> [(String, JSONValue)] {
    [
      ("cut", .int(cut)), ("end", .int(end)), ("key", key.map { .string($0) } ?? .null),
      ("event", event.map { EventShape.json($0) } ?? .null),
      ("changes", .array(changes.prefix(changeLimit).map(json))),
      ("changesLeftOut", .int(max(0, changes.count - changeLimit))),
      ("verdicts", .array(verdicts)),
    ]
  }

  /// A change as the command has it, but for values that are too long to be shown.
  private static func json(_ change: StateDiff.Change) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("path", .string(change.path.description)),
      (
        "kind",
        .string(change.old == nil ? "added" : change.new == nil ? "removed" : "changed")
      ),
    ]
    if let index = change.index { members.append(("index", .int(index))) }
    for (name, value) in [("old", change.old), ("new", change.new)] {
      guard let value else { continue }
      let bytes = value.canonicalBytes.count
      if bytes <= valueLimit {
        members.append((name, value))
      } else {
        members.append(("\(name)Preview", .string(Preview.text(value, 400))))
        members.append(("\(name)Bytes", .int(bytes)))
      }
    }
    if let shift = change.shift {
      members.append(
        (
          "moved",
          .object([
            ("from", .int(shift.old.lowerBound)), ("to", .int(shift.new)),
            ("count", .int(shift.old.count)),
          ])
        ))
    }
    return .object(members)
  }

  func state(
    at cut: Cut, key: String?, path: StatePath, after: ValueOutline.Position?, limit: Int
  ) async throws -> [(String, JSONValue)] {
    let loaded = try required()
    let scope = loaded.descriptor.scope
    if scope == .log, key != nil {
      throw InvestigationError.hasNoKeys(machine: loaded.descriptor.name)
    }
    return try await loaded.timelines.use(near: cut) { seat in
      let step = try seat.arrive(at: cut)
      let key = scope == .log ? nil : key ?? step?.key
      guard scope == .log || key != nil else {
        throw StudioError(
          400, "The machine has a state for each \(scope.rawValue), and none was chosen.",
          advice: "Choose one.")
      }
      let outline = try seat.timeline.outline(
        OutlineRequest(path, of: key, after: after, limit: limit, width: StatePage.width))
      let isSame = key.map(Name.init) == step?.key.map(Name.init)
      let page = StatePage(
        path: path, outline: outline, changed: isSame ? step?.changes.map(\.path) ?? [] : [])
      return [("cut", .int(cut)), ("key", key.map { .string($0) } ?? .null)] + page.json
    }
  }
}

extension LoadedMachine {
  /// What each invariant says at a cut where a timeline stands.
  fileprivate func verdicts(at cut: Cut, key: String?, _ timeline: Timeline? = nil) throws
    -> [JSONValue]
  {
    let known = verdicts.flatMap { cut <= $0.knownTo ? $0 : nil }
    return descriptor.invariants.enumerated().map { i, invariant in
      var found: Verdicts.AtCut?
      if let known {
        found = known.verdict(of: i, at: cut, key: key)
      } else if let timeline, invariant.kind == .state, descriptor.scope == .log || key != nil {
        // What was not judged yet can be judged here; why it cannot is not known before it is.
        let judged = try? timeline.judge(i, of: key)
        found = judged.map { .init(verdict: $0.verdict, reason: $0.reason) }
      }
      return .object([
        ("invariant", .string(invariant.name)), ("kind", .string(invariant.kind.rawValue)),
        ("holds", .string(found.map { "\($0.verdict)" } ?? "unknown")),
        ("text", .string(text(found, invariant, at: cut))),
        ("since", found?.since.map { .int($0) } ?? .null),
        ("until", found?.until.map { .int($0) } ?? .null),
        ("others", .int(found?.others ?? 0)),
      ])
    }
  }

  private func text(
    _ found: Verdicts.AtCut?, _ invariant: InvariantDescriptor, at cut: Cut
  ) -> String {
    guard let found else { return "not judged yet" }
    var text = "\(found.verdict)"
    if found.verdict != .holds {
      if invariant.kind == .step {
        text += " by this event"
      } else if let since = found.since, since < cut {
        text += " since cut \(since)"
      } else if found.since == cut {
        text +=
          found.until.map {
            $0 == cut + 1 ? " at this cut only" : " from here to cut \($0 - 1)"
          } ?? " from here on"
      }
      if let reason = found.reason { text += ": \(reason)" }
    }
    let (others, kind) = (found.others, descriptor.scope.rawValue)
    if others > 0 { text += "; violated for \(others) \(kind)\(others == 1 ? "" : "s")" }
    return text
  }
}

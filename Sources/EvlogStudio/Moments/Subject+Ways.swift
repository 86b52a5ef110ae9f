import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// Ways from a moment to others: to the writer of a value, to its next change, to the next edge of a violation.
extension Subject {
  enum Way: String, CaseIterable, Sendable { case next, previous, nextEdge, previousEdge }

  func seek(_ way: Way, from cut: Cut, key: String?, path: StatePath?, invariant: String?)
    async throws -> [(String, JSONValue)]
  {
    let loaded = try required()
    switch way {
    case .nextEdge, .previousEdge:
      let index = try invariant.map { name in
        guard
          let i = loaded.descriptor.invariants.firstIndex(where: { Name($0.name) == Name(name) })
        else {
          throw InvestigationError.noInvariant(
            name, known: loaded.descriptor.invariants.map(\.name))
        }
        return i
      }
      let edge = loaded.verdicts?.edge(of: index, from: cut, isForward: way == .nextEdge)
      return [("cut", edge.map { .int($0) } ?? .null), ("knownTo", .int(loaded.knownTo))]
    case .next, .previous:
      guard let path else { throw StudioError(400, "'path' is missing.") }
      let found = try await loaded.timelines.use(near: cut) { seat in
        let step = try seat.arrive(at: cut)
        let key = loaded.descriptor.scope == .log ? nil : key ?? step?.key
        return way == .next
          ? try seat.timeline.nextChange(of: path, key: key)
          : try seat.timeline.previousChange(of: path, key: key)
      }
      return [("cut", found.map { .int($0) } ?? .null)]
    }
  }

  /// The last writer of what is at a path. If nothing was there yet, a text says so: on the way back in a log, that
  /// is no error.
  func blame(_ path: StatePath, key: String?, at cut: Cut?) async throws -> StudioReply {
    let investigation = try required().investigation
    do {
      return try reply(try await investigation.blame(path, ofKey: key, at: cut))
    } catch let error as InvestigationError {
      switch error {
      case .nothingThere, .noState:
        return .object([("text", .string(investigation.wording(error)))])
      default: throw error
      }
    }
  }

  /// An answer; of a group, with what its cuts and offsets are in the logs.
  func reply(_ answer: some Answer) throws -> StudioReply {
    let json = try source.group.map { try answer.json(in: $0) } ?? answer.json()
    return .json(json.canonicalBytes)
  }

  /// The streams or keys that have a state at a cut, in the order of their names.
  func keys(at cut: Cut, prefix: String, after: String?, limit: Int) async throws
    -> [(String, JSONValue)]
  {
    let loaded = try required()
    guard loaded.descriptor.scope != .log else {
      throw InvestigationError.hasNoKeys(machine: loaded.descriptor.name)
    }
    return try await loaded.timelines.use(near: cut) { seat in
      _ = try seat.arrive(at: cut)
      let keys = try seat.timeline.keys(prefix: prefix, after: after, limit: limit + 1)
      return [
        ("cut", .int(cut)), ("keys", .array(keys.prefix(limit).map { .string($0) })),
        ("next", keys.count > limit ? .string(keys[limit - 1]) : .null),
      ]
    }
  }
}

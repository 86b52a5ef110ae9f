public import EvlogCore
package import EvlogForensics
import EvlogJSON
import EvlogReplay

extension Investigation {
  /// Searches by halves for where a state invariant breaks: exact only if what breaks stays broken.
  ///
  /// With a state for each stream or key, it is that of `key`. If returning to states costs more than judging every cut,
  /// every cut is judged.
  public func probe(
    _ invariant: String, ofKey key: String? = nil, from: Cut = 0, to: Cut? = nil
  ) async throws -> Answers.Probe {
    if key != nil { try checkKeys() }
    let about = try descriptors([invariant])[0]
    let probe = try await replayer.probe(about, ofKey: key, from: from, to: to)
    return try await answer(probe, about: invariant, ofKey: key)
  }

  /// A search, with the event between the good and the bad cut that it found, and what that event changed.
  package func answer(_ probe: Probe, about invariant: String? = nil, ofKey key: String? = nil)
    async throws -> Answers.Probe
  {
    guard case .boundary(let bad) = probe.outcome else {
      return Answers.Probe(probe, invariant: invariant, key: key, nil, nil)
    }
    func state(at cut: Cut) async throws -> JSONValue {
      guard let key else { return try await replayer.state(at: cut).value }
      return try await replayer.state(ofKey: key, at: cut).value ?? .object(JSONObject())
    }
    let diff = StateDiff(from: try await state(at: bad - 1), to: try await state(at: bad))
    return Answers.Probe(
      probe, invariant: invariant, key: key,
      try bad.offsetBefore.flatMap { try history.event(at: $0) }, diff)
  }
}

import EventLog
import Forensics
import Replay
import SystemPackage

/// Runs in several processes, compared event by event.
struct Audit {
  let store: String
  let machine: String
  let bounds: [String]
  /// How many plain runs there are, each in a process of its own.
  let plainRuns: Int
  let cut: UInt64

  /// Where two runs differ first.
  struct Divergence {
    let first: AuditRun
    let second: AuditRun
    var offset: UInt64
    /// What the second run said where the machine failed in it, or the first, alone.
    var failure: String?
    /// What each came to there; nil where it did not happen again.
    var moments: (first: JSONValue, second: JSONValue)?
  }

  struct Outcome {
    var divergence: Divergence?
    /// How many events every run took.
    var events: UInt64
    /// Why the machine went no further, in every run alike.
    var failure: String?
    /// Why no run could go on from a saved state.
    var couldNotSave: String?
  }

  private func process(_ run: AuditRun, _ number: Int) -> AuditProcess {
    AuditProcess(store: store, machine: machine, run: run, number: number, bounds: bounds)
  }

  private var runs: [AuditRun] {
    Array(repeating: .plain, count: plainRuns) + [.reloaded, .again]
  }

  func run(progress: (UInt64) -> Void) async throws -> Outcome {
    let reference = try await process(.plain, 0).trace(to: cut)
    defer { reference.file.close() }
    progress(1)
    var outcome = Outcome(events: reference.count, failure: reference.ending.failure)
    for (i, kind) in runs.enumerated().dropFirst() {
      let trace = try await process(kind, i).trace(to: cut)
      defer { trace.file.close() }
      progress(UInt64(i + 1))
      outcome.couldNotSave = outcome.couldNotSave ?? trace.ending.couldNotSave
      guard let word = try Self.firstDifference(reference, trace) else { continue }
      if word < outcome.divergence?.offset ?? .max {
        let failure =
          word >= min(reference.count, trace.count)
          ? trace.ending.failure ?? reference.ending.failure : nil
        outcome.divergence = Divergence(
          first: .plain, second: kind, offset: word, failure: failure)
      }
    }
    if var divergence = outcome.divergence, divergence.failure == nil {
      divergence.offset = try await exactly(divergence)
      divergence.moments = try await moments(divergence)
      outcome.divergence = divergence
    }
    return outcome
  }

  /// The first event whose words differ, or that only one of two traces has.
  private static func firstDifference(_ a: AuditProcess.Trace, _ b: AuditProcess.Trace) throws
    -> UInt64?
  {
    let chunk = 1 << 18
    var position: UInt64 = 0
    func read(_ trace: AuditProcess.Trace) throws -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: chunk)
      let count = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe trace.file.descriptor.read(fromAbsoluteOffset: Int64(position), into: $0)
      }
      return Array(bytes[..<count])
    }
    while position < min(a.count, b.count) * 8 {
      let (x, y) = (try read(a), try read(b))
      let common = min(x.count, y.count)
      if let place = (0..<common).first(where: { x[$0] != y[$0] }) {
        return (position + UInt64(place)) / 8
      }
      position += UInt64(common)
    }
    return a.count == b.count ? nil : min(a.count, b.count)
  }

  /// Where states are large, not all were looked at: the first event that differs, perhaps before the
  /// one that was found to. By chance it may differ later this time.
  private func exactly(_ divergence: Divergence) async throws -> UInt64 {
    let from = divergence.offset - min(divergence.offset, Self.exactWindow)
    let cut = divergence.offset + 1
    let first = try await process(divergence.first, 0).trace(to: cut, exactFrom: from)
    defer { first.file.close() }
    let second = try await process(divergence.second, 1).trace(to: cut, exactFrom: from)
    defer { second.file.close() }
    return min(try Self.firstDifference(first, second) ?? .max, divergence.offset)
  }

  /// So many events are looked at again; more than there are between two looks at a state of 2 MiB.
  private static let exactWindow: UInt64 = 1000

  /// How often two runs are asked again what they came to.
  private static let tries = 20

  private func moments(_ divergence: Divergence) async throws -> (JSONValue, JSONValue)? {
    for i in 1...Self.tries {
      let first = try await process(divergence.first, 2 * i).moment(at: divergence.offset)
      let second = try await process(divergence.second, 2 * i + 1).moment(at: divergence.offset)
      if first != second { return (first, second) }
    }
    return nil
  }
}

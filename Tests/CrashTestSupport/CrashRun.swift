import Synchronization

/// Many crash states, on several threads.
package struct CrashRun: Sendable {
  /// How many crashed disks were opened, by workload; and how many of them were different.
  package var diskCounts: [String: Int] = [:]
  package var distinct: Set<Int> = []
  package var violations: [CrashStates.Finding] = []

  package var diskCount: Int { diskCounts.values.reduce(0, +) }

  fileprivate mutating func add(_ finding: CrashStates.Finding) {
    diskCounts[finding.workload, default: 0] += finding.disks.count
    distinct.formUnion(finding.disks)
    if finding.violation != nil { violations.append(finding) }
  }

  /// Examines the states of these numbers; stops early where so many violations were found, or where
  /// `goesOn` says so, which is asked after every hundred.
  package static func examine(
    _ numbers: Range<UInt64>, of states: CrashStates, workers: Int = 2, stopAfter limit: Int = 10,
    goesOn: @escaping @Sendable (CrashRun) -> Bool = { _ in true }
  ) async -> CrashRun {
    let tally = Tally(numbers, limit: limit)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<workers {
        group.addTask {
          while let batch = tally.next(goesOn) {
            tally.add(batch.map { states.examine($0) })
          }
        }
      }
    }
    return tally.run
  }

  /// What several workers have found, and where they are.
  private final class Tally: Sendable {
    private let inner: Mutex<(run: CrashRun, next: UInt64)>
    private let end: UInt64
    private let limit: Int

    init(_ numbers: Range<UInt64>, limit: Int) {
      inner = Mutex((CrashRun(), numbers.lowerBound))
      end = numbers.upperBound
      self.limit = limit
    }

    var run: CrashRun { inner.withLock { $0.run } }

    func next(_ goesOn: (CrashRun) -> Bool) -> Range<UInt64>? {
      inner.withLock { inner in
        guard inner.next < end, inner.run.violations.count < limit, goesOn(inner.run) else {
          return nil
        }
        let first = inner.next
        inner.next = min(first + 100, end)
        return first..<inner.next
      }
    }

    func add(_ findings: [CrashStates.Finding]) {
      inner.withLock { for finding in findings { $0.run.add(finding) } }
    }
  }
}

extension CrashStates.Finding: CustomStringConvertible {
  package var description: String {
    "crash state \(number) (\(workload), moment \(moment)): \(violation ?? "nothing wrong")"
  }
}

import Synchronization

/// Adds up what several workers have done, for one progress report.
package final class ProgressCounter: Sendable {
  private let total = Atomic<UInt64>(0)
  private let report: (@Sendable (UInt64) -> Void)?

  package init(_ report: (@Sendable (UInt64) -> Void)?) { self.report = report }

  package func add(_ count: UInt64) {
    let value = total.add(count, ordering: .relaxed).newValue
    report?(value)
  }
}

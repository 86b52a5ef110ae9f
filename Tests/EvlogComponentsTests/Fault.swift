import Foundation
import Testing

/// A fault in a component: a part of its script that is replaced, and the law that it breaks.
struct Fault: Sendable, CustomTestStringConvertible {
  let component: String
  let law: String
  let old: String
  let new: String

  init(_ component: String, _ law: String, _ old: String, _ new: String) {
    (self.component, self.law, self.old, self.new) = (component, law, old, new)
  }

  var testDescription: String { "\(component): \(law): \(old) → \(new)" }

  static let all =
    lock + ledger + register + queue + twoPhaseCommit + tokenBucket + gcra + circuitBreaker + saga
    + outbox + supervisor

  /// The component with the fault.
  func source() throws -> String {
    let parts = try Component.source(component).components(separatedBy: old)
    try #require(parts.count == 2, "'\(old)' is in \(component).js \(parts.count - 1) times")
    return parts.joined(separator: new)
  }
}

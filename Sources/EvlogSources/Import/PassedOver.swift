/// Records of an input that are no events, by what they are.
package struct PassedOver: Sendable {
  package enum Kind: Sendable, CaseIterable {
    /// An event that came before.
    case repeatedEvent
    /// A key whose row is gone, for compaction.
    case tombstone
    /// The beginning or the end of a transaction.
    case transactionMarker
    case schemaChange, heartbeat
  }

  package let kind: Kind
  package let count: UInt64
}

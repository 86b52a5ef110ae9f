package import EvlogCore

/// A stream or a partition of an engine: records in one order, each at a position that never changes.
///
/// An engine that evlog can follow conforms to this; everything about continuing, comparing and gaps is built on it.
/// No requirement trusts what the engine remembers of its readers.
package protocol EngineSource: AnyObject {
  /// The address for people, without passwords.
  var address: String { get }
  /// The name with which the ids of its events begin.
  var name: String { get }
  /// Which source this is, and the positions that it has. Connects if there is no connection.
  func state() throws(EngineError) -> SourceState
  /// The record at a position, or nil if the source no longer has it.
  func record(at position: UInt64) throws(EngineError) -> SourceRecord?
  /// Reads on from the first record at this position or after it.
  func begin(at position: UInt64) throws(EngineError)
  /// Adds the records that have arrived to a batch. If there are none, waits for one.
  func read(into batch: inout SourceBatch, waiting: Duration) throws(EngineError)
  /// Ends the connection. The next question makes another.
  func disconnect()
}

/// What a source is at a moment.
package struct SourceState: Sendable, Hashable {
  package var identity: SourceIdentity
  /// The position of the first record, or the next one if there is none.
  package var first: UInt64
  /// The last position that was given to a record.
  package var last: UInt64

  package init(identity: SourceIdentity, first: UInt64, last: UInt64) {
    (self.identity, self.first, self.last) = (identity, first, last)
  }
}

/// What tells a source from another one of the same name.
package struct SourceIdentity: Sendable, Hashable {
  package var name: String
  /// When it was created.
  package var created: Timestamp
  /// The cluster that it is in, if it is in one.
  package var cluster: String?

  package init(name: String, created: Timestamp, cluster: String?) {
    (self.name, self.created, self.cluster) = (name, created, cluster)
  }
}

/// A record of a source.
package struct SourceRecord: Sendable, Hashable {
  package var position: UInt64
  package var time: Timestamp
  /// What the source orders records by: a subject, or a key.
  package var subject: String
  package var headers: [SourceHeader] = []
  package var data: [UInt8]

  package init(position: UInt64, time: Timestamp, subject: String, data: [UInt8]) {
    (self.position, self.time, self.subject, self.data) = (position, time, subject, data)
  }

  /// The first value of a header.
  package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// A header of a record. A name may occur several times.
package struct SourceHeader: Sendable, Hashable {
  package var name: String
  package var value: String

  package init(name: String, value: String) { (self.name, self.value) = (name, value) }
}

/// Records that arrived together.
package struct SourceBatch: Sendable {
  package var records: [SourceRecord] = []
  /// Of the data of all records.
  package var byteCount = 0
  /// Whether the source had nothing behind the last record when that was sent.
  package var isAtEnd = false
  /// How many records are taken at most, and after how many bytes no further one is.
  package let limit: Int
  package let byteLimit: Int

  package init(limit: Int, byteLimit: Int = 8 << 20) {
    (self.limit, self.byteLimit) = (limit, byteLimit)
    records.reserveCapacity(limit)
  }

  package var isFull: Bool { records.count >= limit || byteCount >= byteLimit }

  package mutating func add(_ record: SourceRecord) {
    byteCount += record.data.count
    records.append(record)
  }

  package mutating func removeAll() {
    records.removeAll(keepingCapacity: true)
    (byteCount, isAtEnd) = (0, false)
  }
}

import EvlogStore

/// Changes of rows, as Debezium captures them; the changes of a transaction become one turn.
package struct DebeziumSource: InputSource {
  package struct Options: Sendable {
    /// The columns of the key, for records that have none.
    package var keys: [String] = []
    /// Whether a transaction's events are collected, wherever they are, until its end says that all are there.
    package var collectsTransactions = false
    /// Whether what is not whole at the end is left for later.
    package var isGrowing = false

    package init() {}
  }

  private let options: Options
  private var records: JSONRecords
  private var transactions = DebeziumTransactions()
  private var ready: ArraySlice<SourceEvent> = []
  private var isAtEnd = false
  private var counts: [PassedOver.Kind: UInt64] = [:]
  package private(set) var inputBytes: UInt64 = 0

  package init(_ input: InputBytes, _ options: Options = Options()) {
    self.options = options
    records = JSONRecords(input, .lines)
  }

  package var input: InputBytes { records.input }
  package var recordCount: UInt64? { records.count }
  package var waitingCount: Int { isAtEnd && ready.isEmpty ? transactions.waitingCount : 0 }
  package var passedOver: [PassedOver] {
    PassedOver.Kind.allCases.compactMap { kind in
      counts[kind].map { PassedOver(kind: kind, count: $0) }
    }
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    while true {
      if let event = ready.popFirst() { return event }
      if isAtEnd { return nil }
      let name = input.name
      guard let record = try records.next() else {
        isAtEnd = true
        if options.isGrowing { return nil }
        do throws(DebeziumTransactions.Incomplete) {
          ready = try transactions.finish(collecting: options.collectsTransactions)[...]
        } catch {
          throw SourceError(name, .brokenTransaction(error.message), line: error.line)
        }
        continue
      }
      inputBytes += UInt64(record.bytes.count) + 1
      let read: DebeziumRecord
      do { read = try DebeziumRecord(record.bytes, keys: options.keys) } catch {
        throw record.error(error.problem, at: 0, of: name)
      }
      do throws(DebeziumTransactions.Incomplete) {
        try take(read, record)
      } catch {
        throw SourceError(name, .brokenTransaction(error.message), line: error.line)
      }
    }
  }

  private mutating func take(_ read: DebeziumRecord, _ record: InputRecord)
    throws(DebeziumTransactions.Incomplete)
  {
    switch read {
    case .change(let event, let transaction):
      let event = SourceEvent(
        event: event, line: record.number, bytes: record.bytes, mayRepeatKeys: true)
      ready = try transactions.add(
        event, to: transaction, collecting: options.collectsTransactions)[...]
    case .end(let id, let count):
      counts[.transactionMarker, default: 0] += 1
      ready = try transactions.end(
        id, count, line: record.number, collecting: options.collectsTransactions)[...]
    case .other(let kind): counts[kind, default: 0] += 1
    }
  }
}

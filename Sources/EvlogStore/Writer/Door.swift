import EvlogContracts

/// The one place where events are checked against the log's contract.
///
/// Every append goes through `Commit`, which asks here. A turn is checked as a whole before any of it is taken; a
/// contract in a turn applies to the events that follow it.
struct Door {
  private(set) var contract: Contract?

  /// The door of a log as it is. Throws if the log's contract cannot be read: then nothing may be appended.
  init(of log: EventLog) throws(EventLogError) { contract = try log.contract()?.contract }

  /// The door of a log whose contract is not looked up yet.
  init() {}

  /// Throws if a turn breaks the contract; takes over the contract that is in it, if there is one.
  mutating func judge(_ turn: Turn, in log: EventLog) throws(EventLogError) {
    // Only evlog's own turns can have a contract in them.
    guard turn.isOwn else { return try judge(turn, turn.events.indices, in: log) }
    var next = self
    var first = 0
    for (i, event) in turn.events.enumerated() where Self.isAboutContract(event) {
      try next.judge(turn, first..<i, in: log)
      do { next.contract = try ContractEvent(event).contract } catch {
        throw EventLogError(.invalidEvent, "The turn sets a contract that cannot be read: \(error)")
      }
      first = i + 1
    }
    try next.judge(turn, first..<turn.events.count, in: log)
    self = next
  }

  private static func isAboutContract(_ event: NewEvent) -> Bool {
    event.type == Contract.eventType || event.stream == Contract.eventType
  }

  private func judge(_ turn: Turn, _ indices: Range<Int>, in log: EventLog)
    throws(EventLogError)
  {
    guard let contract else { return }
    let events = turn.events.span
    for i in indices {
      if let refusal = contract.refusal(of: events[i]) {
        throw Self.error(refusal, at: i, of: turn, in: log)
      }
    }
  }

  private static func error(
    _ refusal: Refusal, at index: Int, of turn: Turn, in log: EventLog
  ) -> EventLogError {
    var refusal = refusal
    refusal.index = index
    let count = turn.events.count
    let place = count == 1 ? "" : ", event \(index + 1) of \(count) in its turn,"
    var error = EventLogError(
      .contractBroken,
      "The event '\(refusal.type)' of the stream '\(turn.events[index].stream)'\(place) breaks the log's "
        + "contract: \(refusal)",
      file: log.path,
      advice: Advice("Nothing was written. To see what the contract says", .showContract(log.path)))
    error.refusal = refusal
    return error
  }
}

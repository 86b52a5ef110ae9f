extension EventCursor: EventReader {}

extension EventLog: History {
  public var historyID: String? { "\(id)" }

  public func reader(of query: Query) -> any EventReader { events(query).makeCursor() }
}

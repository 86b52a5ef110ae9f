extension EventCursor: EventReader {}

extension EventLog: History {
  public func reader(of query: Query) -> any EventReader { events(query).makeCursor() }
}

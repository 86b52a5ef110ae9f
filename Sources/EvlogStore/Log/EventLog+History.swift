package import EvlogCore

extension EventCursor: EventReader, BlockReader {}

extension EventLog: BlockHistory {
  public var historyID: String? { "\(id)" }

  public func reader(of query: Query) -> any EventReader { events(query).makeCursor() }

  package func blockReader(of query: Query) -> (any BlockReader)? { events(query).makeCursor() }
}

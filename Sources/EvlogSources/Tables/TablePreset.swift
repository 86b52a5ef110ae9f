/// The tables of event stores that are known: what to read of them, and where the fields of an event are.
///
/// Columns that no field is made of become metadata, so that a column which only some versions have is kept.
package enum TablePreset: String, Sendable, CaseIterable {
  case marten, emmett
  case messageDB = "message-db"
  case axon, commanded, eventsourcing
  case railsEventStore = "rails-event-store"

  /// Which database a store is in: some have a column in one that they do not have in the other.
  package enum Database: Sendable {
    case sqlite, postgres
  }

  /// The table that has the events, if no other is named.
  private var table: String {
    switch self {
    case .marten: "mt_events"
    case .emmett: "emt_messages"
    case .messageDB: "message_store.messages"
    case .axon: "domain_event_entry"
    case .commanded: "events"
    case .eventsourcing: "stored_events"
    case .railsEventStore: "event_store_events"
    }
  }

  /// What is read. A table of another name may have a schema before it.
  package func query(in database: Database, table named: String? = nil) -> TableQuery {
    let table = named ?? table
    /// Tables beside it are in the same schema.
    let schema = table.lastIndex(of: ".").map { String(table[...$0]) } ?? ""
    switch self {
    case .marten: return TableQuery("select * from \(table)", order: "seq_id")
    case .emmett:
      return TableQuery(
        "select * from \(table) where message_kind = 'E'", order: "global_position")
    case .messageDB: return TableQuery("select * from \(table)", order: "global_position")
    case .axon: return TableQuery("select * from \(table)", order: "global_index")
    case .commanded:
      return TableQuery(
        """
        select a.stream_version as event_number, s.stream_uuid, a.original_stream_version, e.*
        from \(schema)stream_events a
        join \(table) e on e.event_id = a.event_id
        join \(schema)streams s on s.stream_id = a.original_stream_id
        where a.stream_id = 0
        """, order: "event_number")
    case .eventsourcing:
      let position = database == .sqlite ? "rowid as notification_id, " : ""
      return TableQuery("select \(position)* from \(table)", order: "notification_id")
    case .railsEventStore:
      return TableQuery(
        """
        select coalesce((select l.stream from \(schema)event_store_events_in_streams l
          where l.event_id = e.event_id order by l.id limit 1), 'all') as stream, e.*
        from \(table) e
        """, order: "id")
    }
  }

  /// Where the fields of an event are. Those whose columns a version does not have are left out.
  var mapping: String {
    switch self {
    case .marten:
      "stream=stream_id,type=type,time=timestamp,id=id,causation=causation_id,correlation=correlation_id,data=raw(data)"
    case .emmett:
      "stream=stream_id,type=message_type,time=created,id=message_id,data=raw(message_data)"
    case .messageDB: "stream=stream_name,type=type,time=time,id=id,data=raw(data)"
    case .axon:
      "stream=aggregate_identifier,type=payload_type,time=time_stamp,id=event_identifier,data=raw(payload)"
    case .commanded:
      "stream=stream_uuid,type=event_type,time=created_at,id=event_id,causation=causation_id,"
        + "correlation=correlation_id,data=raw(data)"
    case .eventsourcing:
      "stream=originator_id,type=topic,time=json(state).timestamp._data_,data=raw(state)"
    case .railsEventStore:
      "stream=stream,type=event_type,time=created_at,id=event_id,data=raw(data)"
    }
  }

  /// The names of columns, as the preset has them: some versions write globalIndex for global_index.
  func names(of columns: [String]) -> [String] {
    guard self == .axon else { return columns }
    let known = [
      "aggregate_identifier", "payload_type", "time_stamp", "event_identifier", "payload",
      "meta_data",
    ]
    return columns.map { column in known.first { TableQuery.isSame($0, column) } ?? column }
  }

  /// Columns of metadata that may be texts or bytes, and are JSON then if they can be.
  var embedded: Set<String> {
    switch self {
    case .marten, .messageDB, .eventsourcing: []
    case .emmett: ["message_metadata"]
    case .axon: ["meta_data"]
    case .commanded, .railsEventStore: ["metadata"]
    }
  }

  /// Columns that a store changes after the event was written, and that say nothing of the event.
  var ignored: Set<String> {
    switch self {
    case .marten, .emmett: ["is_archived"]
    case .messageDB, .axon, .commanded, .eventsourcing, .railsEventStore: []
    }
  }

  /// How long a number may be drawn before the transaction that uses it begins, in seconds: writers of these stores
  /// do so, and nothing in the database shows it.
  package var settlingSeconds: Double {
    switch self {
    case .marten, .axon: 3
    case .emmett, .messageDB, .commanded, .eventsourcing, .railsEventStore: 0
    }
  }
}

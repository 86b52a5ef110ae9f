public import EvlogCore
import EvlogJSON
public import EvlogMachine
public import GRDB

/// A read model in SQLite: tables, and what each event does to them.
///
///     struct Stock: Projection {
///       typealias Event = Shop.Event
///
///       func migrate(_ migrator: inout DatabaseMigrator) {
///         migrator.registerMigration("stock") { db in
///           try db.create(table: "stock") { table in
///             table.primaryKey("sku", .text)
///             table.column("available", .integer).notNull()
///           }
///         }
///       }
///
///       func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
///         switch event {
///         case .counted(let sku, let quantity):
///           try db.cachedStatement(sql: "INSERT OR REPLACE INTO stock VALUES (?, ?)")
///             .execute(arguments: [sku, quantity])
///         case .reserved(let sku, let quantity):
///           try db.cachedStatement(sql: "UPDATE stock SET available = available - ? WHERE sku = ?")
///             .execute(arguments: [quantity, sku])
///         }
///       }
///     }
///
/// A ``Projector`` commits the effect of an event together with its position, so each event is applied exactly
/// once, whatever crashes. `apply` may read and write its own tables and nothing else: any other effect would
/// be repeated after a crash, and by each rebuild.
public protocol Projection<Event>: Sendable {
  /// The event, made from a recorded event's type and data, as for a reducer.
  associatedtype Event: Sendable

  /// The name that the tables belong to; by default, the type's name.
  var name: String { get }
  /// The version. Raise it whenever you change `migrate` or `apply`: tables of another version are not used,
  /// and must be rebuilt.
  var version: Int { get }
  /// A digest of the definition of the tables and of `apply`, if it can be known: for a projection in SQL, of
  /// its text. Tables that another text made under the same version are not used. Nil for a compiled
  /// projection, which is identified by its version alone.
  var definition: Digest? { get }
  /// The event types that the projection handles; the payloads of others are not even read. Nil for every type.
  var types: Set<String>? { get }
  /// Upcasters that convert old shapes of events to the current one, as for a machine.
  var upcasters: [Upcaster] { get }

  /// Makes the tables. Names that begin with `evlog_` are reserved.
  func migrate(_ migrator: inout DatabaseMigrator)

  /// Makes the projection's event from a recorded one. Throws `UnknownEventType` for types that it does not
  /// know, which is a failure like any other: nothing is skipped silently.
  ///
  /// It is called before ``apply(_:_:to:)``, on several threads at once, and also for events that are not
  /// applied in the end.
  func decode(_ event: RecordedEvent) throws -> Event

  /// Applies an event to the tables, in a transaction that other events may share. If it throws, the
  /// projector's failure policy decides what happens.
  func apply(_ event: Event, _ context: EventContext, to db: Database) throws

  /// Removes the personal data of a stream from the tables: its key has been erased.
  ///
  /// Tables that are rebuilt later are made from erased payloads from the beginning, and must be the same.
  func erase(_ stream: String, from db: Database) throws
}

extension Projection {
  public var name: String { String(describing: Self.self) }
  public var version: Int { 1 }
  public var definition: Digest? { nil }
  public var types: Set<String>? { nil }
  public var upcasters: [Upcaster] { [] }
  public func erase(_ stream: String, from db: Database) throws {}
}

extension Projection where Event: Decodable {
  public func decode(_ event: RecordedEvent) throws -> Event { try event.decoded() }
}

extension Projection where Event == RecordedEvent {
  public func decode(_ event: RecordedEvent) throws -> Event { event }
}

extension Projection {
  /// The types to read from a log; nil for all.
  package var storedTypes: Set<String>? { types.map { upcasters.storedTypes(of: $0) } }

  /// What an event of the log does: the one way for live tables, rebuilt ones, those of the past, and tests.
  package func applyRecorded(_ event: RecordedEvent, _ upcasters: [Upcaster], to db: Database)
    throws
  {
    try apply(prepare(event, upcasters), to: db)
  }

  /// What can be made of an event without the tables.
  @inline(__always)
  func prepare(_ event: RecordedEvent, _ upcasters: [Upcaster]) throws -> Prepared<Event> {
    if ControlEvents.contain(event.type) {
      guard event.type == ControlEvents.erased,
        let stream = try JSONParser.parse(event.data)["stream"]?.stringValue
      else { return .nothing }
      return .erasure(stream)
    }
    if upcasters.isEmpty { return .event(try decode(event), EventContext(event)) }
    let event = try Upcaster.apply(upcasters, to: event)
    // One that is read for its old name may have got another one.
    if let types, !types.contains(where: { Name($0) == Name(event.type) }) { return .nothing }
    return .event(try decode(event), EventContext(event))
  }

  @inline(__always) func apply(_ prepared: Prepared<Event>, to db: Database) throws {
    switch prepared {
    case .event(let event, let context): try apply(event, context, to: db)
    case .erasure(let stream): try erase(stream, from: db)
    case .nothing: break
    }
  }
}

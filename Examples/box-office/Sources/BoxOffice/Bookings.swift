import Evlog
import GRDB

/// The seats left of each show, and the reservations of each customer, as tables.
public struct Bookings: Projection {
  public typealias Event = Show.Event

  public let upcasters = Show.upcasters

  public init() {}

  public func migrate(_ migrator: inout DatabaseMigrator) {
    migrator.registerMigration("bookings") { db in
      try db.create(table: "show") { table in
        table.primaryKey("id", .text)
        table.column("title", .text).notNull()
        table.column("seats", .integer).notNull()
        table.column("seatsLeft", .integer).notNull()
      }
      try db.create(table: "reservation") { table in
        table.primaryKey {
          table.column("show", .text).references("show")
          table.column("id", .text)
        }
        table.column("customer", .text).notNull().indexed()
        table.column("seats", .integer).notNull()
      }
    }
  }

  public func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    let show = context.stream
    switch event {
    case .opened(let title, let seats):
      try db.execute(
        sql: "INSERT INTO show VALUES (?, ?, ?, ?)", arguments: [show, title, seats, seats])
    case .reserved(let reservation, let customer, let seats):
      try db.execute(
        sql: "INSERT INTO reservation VALUES (?, ?, ?, ?)",
        arguments: [show, reservation, customer, seats])
      try take(seats, of: show, db)
    case .cancelled(let reservation):
      let seats = try Int.fetchOne(
        db, sql: "DELETE FROM reservation WHERE show = ? AND id = ? RETURNING seats",
        arguments: [show, reservation])
      try take(-(seats ?? 0), of: show, db)
    }
  }

  private func take(_ seats: Int, of show: String, _ db: Database) throws {
    try db.execute(
      sql: "UPDATE show SET seatsLeft = seatsLeft - ? WHERE id = ?", arguments: [seats, show])
  }
}

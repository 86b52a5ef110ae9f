import GRDB

extension Bookings {
  public struct ShowRow: Codable, FetchableRecord, Sendable, Hashable {
    public var id: String
    public var title: String
    public var seats: Int
    public var seatsLeft: Int
  }

  public struct ReservationRow: Codable, FetchableRecord, Sendable, Hashable {
    public var show: String
    public var id: String
    public var customer: String
    public var seats: Int
  }

  public static func shows(_ db: Database) throws -> [ShowRow] {
    try ShowRow.fetchAll(db, sql: "SELECT * FROM show ORDER BY id")
  }

  public static func reservations(of customer: String, _ db: Database) throws -> [ReservationRow] {
    try ReservationRow.fetchAll(
      db, sql: "SELECT * FROM reservation WHERE customer = ? ORDER BY show, id",
      arguments: [customer])
  }
}

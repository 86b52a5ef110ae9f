import ArgumentParser
import BoxOffice
import Evlog
import SystemPackage

struct LogOption: ParsableArguments {
  @Option(help: "The folder of the log.") var log = "box-office.evlog"

  /// For turns: one process at a time.
  func openBoxOffice() throws -> BoxOffice { try BoxOffice(EventLog.open(FilePath(log))) }

  /// For questions: any number of processes, also while another one takes turns.
  func openTables() throws -> ProjectionReader {
    ProjectionReader(of: Bookings().name, in: try EventLog.openReadOnly(FilePath(log)))
  }
}

struct Open: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Open a show for reservations.")

  @OptionGroup var log: LogOption
  @Argument var show: String
  @Argument var title: String
  @Argument var seats: Int

  func run() async throws {
    try await log.openBoxOffice().open(show, title: title, seats: seats)
  }
}

struct Reserve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reserve seats.",
    discussion: "Repeated with the same reservation, it reserves nothing more.")

  @OptionGroup var log: LogOption
  @Argument var show: String
  @Argument var seats: Int
  @Argument var customer: String
  @Argument var reservation: String

  func run() async throws {
    let left = try await log.openBoxOffice()
      .reserve(seats, of: show, for: customer, as: reservation)
    print("\(reservation): \(left) seats left")
  }
}

struct Cancel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Give reserved seats back.")

  @OptionGroup var log: LogOption
  @Argument var show: String
  @Argument var reservation: String

  func run() async throws { try await log.openBoxOffice().cancel(reservation, of: show) }
}

struct Shows: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the shows and the seats left.")

  @OptionGroup var log: LogOption

  func run() async throws {
    for show in try await log.openTables().read(Bookings.shows) {
      print("\(show.id)  \(show.title)  \(show.seatsLeft) of \(show.seats) seats left")
    }
  }
}

struct Customer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List a customer's reservations.")

  @OptionGroup var log: LogOption
  @Argument var customer: String

  func run() async throws {
    let customer = customer
    for row in try await log.openTables().read({ try Bookings.reservations(of: customer, $0) }) {
      print("\(row.show)  \(row.id)  \(row.seats) seats")
    }
  }
}

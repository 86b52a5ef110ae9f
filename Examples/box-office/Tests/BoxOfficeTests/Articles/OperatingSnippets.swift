import BoxOffice
import Evlog
import EvlogService
import EvlogTesting
import Logging
import ServiceLifecycle
import Testing

@Suite struct OperatingSnippets {
  @Test func seenFromOutside() async throws {
    let log = try EventLog.inMemory()
    let logger = Logger(label: "box-office")
    let shows = ObservedTurns(try TurnRunner(Show(), on: log), logger: logger)
    try await shows.run(.open(title: "Hamlet", seats: 10), on: "hamlet")
    #expect(log.end == 1)
  }

  /// A group of services as a program has it; here it is only made.
  func serve(_ log: EventLog, _ logger: Logger) async throws {
    let bookings = try Projector(TracedProjection(Bookings()), over: log)
    let group = ServiceGroup(
      services: [ProjectorService(bookings, logger: logger)],
      gracefulShutdownSignals: [.sigterm], logger: logger)
    try await group.run()
  }
}

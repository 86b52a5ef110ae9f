import EventLog
import ReplayTestSupport
import SystemPackage

/// A new log in a folder of its own, for as long as the test needs it.
func withLog<R>(_ body: (EventLog) async throws -> R) async throws -> R {
  let folder = TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  return try await body(try EventLog.create(folder.path.appending("log")))
}

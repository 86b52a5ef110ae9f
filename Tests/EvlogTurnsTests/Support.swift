import EvlogStore
import EvlogTesting
import ReplayTestSupport
import SystemPackage

/// Runs a test on a new log in a folder of its own, and on one in memory.
func withLog(_ body: (EventLog) async throws -> Void) async throws {
  let folder = TemporaryFolder()
  defer { withExtendedLifetime(folder) {} }
  try await body(try EventLog.create(folder.path.appending("log")))
  try await body(try EventLog.inMemory())
}

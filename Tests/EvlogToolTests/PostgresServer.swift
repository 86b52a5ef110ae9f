import Foundation
import Testing

/// A PostgreSQL server of its own, on a socket in a temporary folder; ended with its last reference.
final class PostgresServer: Sendable {
  /// Where the server's programs are; nil where none is installed.
  static let programs: String? = {
    let versions = "/usr/lib/postgresql"
    // Where the folder is missing, no server is installed.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: versions)) ?? []
    return names.sorted().last.map { "\(versions)/\($0)/bin" }
  }()

  let place: Workplace
  private let process: pid_t

  var url: String { "postgresql:///postgres?host=\(place.folder.path)&user=evlog" }

  init() async throws {
    place = try Workplace()
    let programs = try #require(Self.programs)
    // The server does not run as root.
    let user = getuid() == 0 ? "runuser -u postgres --" : ""
    let folder = place.folder.path
    let started = try await place.shell(
      """
      set -e
      mkdir -p data
      [ -z "\(user)" ] || chown postgres . data
      \(user) \(programs)/initdb -D data -A trust -U evlog --no-sync -E UTF8 --locale=C >/dev/null
      cd /
      \(user) \(programs)/postgres -D \(folder)/data -k \(folder) -h '' -c fsync=off \
        -c max_prepared_transactions=4 >\(folder)/log 2>&1 </dev/null &
      for i in $(seq 300); do
        \(programs)/pg_isready -q -h \(folder) && break
        sleep 0.1
      done
      head -1 \(folder)/data/postmaster.pid
      """)
    process = try #require(
      pid_t(started.output.trimmingCharacters(in: .whitespacesAndNewlines)), "\(started.error)")
  }

  deinit {
    // A fast shutdown; what is in the folder goes with it.
    kill(process, SIGINT)
    for _ in 0..<200 where kill(process, 0) == 0 { usleep(20_000) }
  }

  /// Runs statements; throws where one fails.
  @discardableResult
  func run(_ sql: String) async throws -> String {
    let answer = try await place.run(
      "/usr/bin/psql",
      ["-h", place.folder.path, "-U", "evlog", "-d", "postgres", "-XqtA", "-v", "ON_ERROR_STOP=1"],
      input: Array(sql.utf8))
    try #require(answer.status == 0, "\(answer.error)")
    return answer.output
  }
}

#if Studio && JavaScript
  import Foundation
  import ReplayTestSupport
  import Subprocess
  import SystemPackage

  /// A log, the command over it, and a studio that serves it in a process of its own.
  struct ServedShop: Sendable {
    let folder: TemporaryFolder
    /// Where the page is, with the token.
    let address: String

    /// The built command: beside the tests, or what EVLOG names.
    private static let evlog =
      ProcessInfo.processInfo.environment["EVLOG"].map { FilePath($0) }
      ?? FilePath(CommandLine.arguments[0]).removingLastComponent().appending("evlog")

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Fixtures").standardizedFileURL

    /// Serves the shop's log with its machines, or a log of other lines with other scripts.
    static func with(
      lines: String? = nil, machines: [String] = ["shop.js", "orders.js"],
      scripts: [String: String] = [:], _ body: @Sendable @escaping (ServedShop) async throws -> Void
    ) async throws {
      let folder = TemporaryFolder()
      try copy(["shop.js", "orders.js", "events.ndjson.gz"], of: "shop", to: folder)
      for (name, text) in scripts { try write(text, to: folder.path.appending(name)) }
      if let lines { try write(lines, to: folder.path.appending("lines.ndjson")) }
      let events = lines == nil ? "events.ndjson.gz" : "lines.ndjson"
      _ = try await run(["import", "shop.evlog", events, "--seal"], folder)
      try await serve(["shop.evlog"] + machines.flatMap { ["--machine", $0] }, folder, body)
    }

    /// Serves three services, as a group with its machine.
    static func withServices(_ body: @Sendable @escaping (ServedShop) async throws -> Void)
      async throws
    {
      let folder = TemporaryFolder()
      let names = ["orders", "payments", "stock"]
      try copy(["services.js"] + names.map { "\($0).ndjson" }, of: "services", to: folder)
      for name in names {
        _ = try await run(["import", "\(name).evlog", "\(name).ndjson"], folder)
      }
      _ = try await run(
        ["group", "init", "services.group"] + names.map { "\($0)=\($0).evlog" }, folder)
      try await serve(["services.group", "--machine", "services.js"], folder, body)
    }

    private static func copy(_ names: [String], of fixture: String, to folder: TemporaryFolder)
      throws
    {
      for name in names {
        try FileManager.default.copyItem(
          at: fixtures.appending(path: "\(fixture)/\(name)"),
          to: URL(filePath: folder.path.appending(name).string))
      }
    }

    private static func serve(
      _ opened: [String], _ folder: TemporaryFolder,
      _ body: @Sendable @escaping (ServedShop) async throws -> Void
    ) async throws {
      let arguments = ["studio", "--json"] + opened
      _ = try await Subprocess.run(
        .path(evlog), arguments: Arguments(arguments), workingDirectory: folder.path, input: .none,
        output: .sequence, error: .discarded
      ) { execution in
        var told: String?
        for try await line in execution.standardOutput.strings() {
          told = line
          break
        }
        do {
          let address = try JSONDecoder().decode(Told.self, from: Data((told ?? "").utf8)).address
          try await body(ServedShop(folder: folder, address: address))
        } catch {
          try execution.send(signal: .kill)
          throw error
        }
        try execution.send(signal: .interrupt)
      }
    }

    /// What the command answers in JSON.
    func ask<T: Decodable>(_ arguments: String...) async throws -> T {
      let output = try await Self.run(arguments + ["--json"], folder)
      return try JSONDecoder().decode(T.self, from: Data(output.utf8))
    }

    /// Runs the command for what it writes.
    func run(_ arguments: [String]) async throws { _ = try await Self.run(arguments, folder) }

    private static func run(_ arguments: [String], _ folder: TemporaryFolder) async throws -> String
    {
      try await Subprocess.run(
        .path(evlog), arguments: Arguments(arguments), workingDirectory: folder.path,
        output: .string(limit: 16 << 20), error: .discarded
      ).standardOutput
    }

    private static func write(_ text: String, to file: FilePath) throws {
      try Data(text.utf8).write(to: URL(filePath: file.string))
    }

    private struct Told: Decodable { let address: String }
  }

  /// The members of the command's answers that the page shows.
  enum Answer {
    struct Event: Decodable { let offset: Int }

    struct Bisect: Decodable {
      struct Episode: Decodable { let firstCut: Int, endCut: Int? }
      struct Finding: Decodable { let name: String, offset: Int?, episodes: [Episode] }
      let invariants: [Finding]
      let judgedThrough: Int
    }

    struct Why: Decodable {
      struct Read: Decodable { let path: String, writer: Int? }
      struct Reason: Decodable { let event: Event, read: [Read]? }
      let reasons: [Reason]
    }

    struct Minimise: Decodable {
      struct Kept: Decodable { let event: Event }
      let kept: [Kept]
      let considered: Int
      let replays: Int
    }

    struct Blame: Decodable {
      struct Writer: Decodable { let event: Event }
      let writers: [Writer]
    }

    struct Comparison: Decodable {
      struct Invariant: Decodable { let name: String, change: String }
      struct Divergence: Decodable { let firstCut: Int, endCut: Int? }
      let invariants: [Invariant]
      let divergences: [Divergence]
      let judgedThrough: Int
    }

    struct Audit: Decodable {
      let deterministic: Bool
      let events: Int
      let runs: Int
    }

    struct Cut: Decodable {
      struct End: Decodable { let log: String, offset: Int }
      struct Edge: Decodable { let cause: End, effect: End }
      let cut: [String: Int]
      let below: [String: Int]
      let above: [String: Int]
      let consistent: Bool
      let edge: Edge?
    }

    struct Map: Decodable {
      struct Cell: Decodable { let region: String, type: String, mark: String, events: Int }
      let cells: [Cell]
      let counts: [String: Int]
    }
  }
#endif

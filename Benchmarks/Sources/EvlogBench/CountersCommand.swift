import ArgumentParser
import FoundationEssentials

/// What can be counted, the same in every run: nothing here is timed.
struct CountersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counters",
    abstract: "Count bytes, system calls and instructions, which no other load disturbs.")

  @Option(help: "The folder to work in.") var dir: String = ".build/work"
  @Option(help: "A file for all figures, as JSON.") var json: String?

  /// One figure of evlog, and the limit's.
  struct Counter: Codable {
    let name: String
    var evlog: Double?
    var limit: Double?
  }

  func run() throws { try waiting { try await count() } }

  private func count() async throws {
    let folder = dir + "/evlog-counters"
    try? FileManager.default.removeItem(atPath: folder)
    var counters: [Counter] = []
    var missing: [String] = []
    counters += try await bytes(in: folder)
    if has("strace") {
      counters += try await systemCalls(in: folder)
    } else {
      missing.append("strace")
    }
    if has("valgrind") {
      counters += try await instructions(in: folder)
    } else {
      missing.append("valgrind")
    }
    try FileManager.default.removeItem(atPath: folder)
    table(counters)
    for tool in missing { print("\nskipped: there is no \(tool)") }
    if let json { try JSONEncoder().encode(counters).write(to: URL(filePath: json)) }
  }

  // MARK: What is counted

  private func bytes(in folder: String) async throws -> [Counter] {
    var counters: [Counter] = []
    for variant in Variant.allCases {
      let load = Scale(variant: variant).dataSet(200_000)
      var counter = Counter(name: "bytes per event, \(variant.rawValue)")
      counter.evlog = try await perform(.make, "evlog", load, folder).bytesPerEvent
      counter.limit = try await perform(.make, "limit", load, folder).bytesPerEvent
      counters.append(counter)
      let packed = try await perform(.size, "lz4", load, folder).bytesPerEvent
      counters.append(
        Counter(name: "  LZ4 over its NDJSON, \(variant.rawValue)", evlog: nil, limit: packed))
    }
    return counters
  }

  /// Two runs that differ in their turns alone: what is different is what a turn takes.
  private func systemCalls(in folder: String) async throws -> [Counter] {
    let (few, many): (UInt64, UInt64) = (100, 300)
    var counters: [Counter] = []
    for turn in [1, 1000] as [UInt64] {
      var calls: [String: Counter] = [:]
      func name(_ call: String) -> String { "\(call), a turn of \(turn)" }
      for contestant in ["evlog", "limit"] {
        func count(_ turns: UInt64) async throws -> [String: Double] {
          let output = folder + "-strace"
          _ = try await perform(
            .append, contestant, Load(events: turns * turn, turn: turn), folder,
            below: ["strace", "-f", "-c", "-e", "trace=%desc,%file", "-o", output])
          defer { try? FileManager.default.removeItem(atPath: output) }
          let lines = String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
          return Self.calls(lines)
        }
        let (less, more) = (try await count(few), try await count(many))
        for (call, n) in more {
          let each = (n - (less[call] ?? 0)) / Double(many - few)
          // Memory is asked for in steps that have nothing to do with a turn.
          guard each >= 0.01, call != "mmap" else { continue }
          var counter = calls[call] ?? Counter(name: name(call), evlog: 0, limit: 0)
          if contestant == "evlog" { counter.evlog = each } else { counter.limit = each }
          calls[call] = counter
        }
      }
      counters += calls.values.sorted { $0.name < $1.name }
    }
    return counters
  }

  /// Instructions for 100,000 events, less those of a run that does all but the work.
  private func instructions(in folder: String) async throws -> [Counter] {
    let load = Scale().dataSet(100_000)
    var append = Counter(name: "instructions, append of an event in turns of 1000")
    var scan = Counter(name: "instructions, scan of an event")
    func count(_ job: Job, _ contestant: String, of load: Load) async throws -> Double {
      let tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
      let text = try await perform(job, contestant, load, folder, below: tool).errors
      guard let line = text.split(separator: "\n").last(where: { $0.contains("Collected :") }),
        let number = line.split(separator: " ").last.flatMap({ Double($0) })
      else { throw Failure("valgrind did not say how many instructions there were:\n\(text)") }
      return number
    }
    for contestant in ["evlog", "limit"] {
      note("counting instructions of \(contestant)")
      var made = load
      let appended =
        try await count(.append, contestant, of: load)
        - count(.generate, contestant, of: load)
      made.folder = "\(folder)/\(contestant)-read"
      _ = try await perform(.make, contestant, made, folder)
      // The limit has nothing to open.
      let none = contestant == "evlog" ? Job.openReadOnly : Job.size
      let scanned =
        try await count(.scan, contestant, of: made) - count(none, contestant, of: made)
      if contestant == "evlog" {
        (append.evlog, scan.evlog) = (appended / 100_000, scanned / 100_000)
      } else {
        (append.limit, scan.limit) = (appended / 100_000, scanned / 100_000)
      }
    }
    return [append, scan]
  }

  // MARK: How

  /// What a job said; it works in a new folder unless the load has one.
  private func perform(
    _ job: Job, _ contestant: String, _ load: Load, _ folder: String, below tool: [String] = []
  ) async throws -> (bytesPerEvent: Double, errors: String) {
    var load = load
    let temporary = load.folder.isEmpty
    if temporary { load.folder = folder + "/work" }
    try FileManager.default.createDirectory(
      atPath: load.folder, withIntermediateDirectories: true)
    let (measurement, errors) = try await Child.run(
      Entry(contestant, job, load), load, below: tool)
    if temporary { try FileManager.default.removeItem(atPath: load.folder) }
    return (Double(measurement.bytes) / Double(measurement.events), errors)
  }

  /// The table that `strace -c` writes: how often each call was made.
  static func calls(_ table: String) -> [String: Double] {
    var calls: [String: Double] = [:]
    for line in table.split(separator: "\n") {
      let cells = line.split(separator: " ")
      guard cells.count >= 5, let count = Double(cells[3]), let name = cells.last,
        name != "total"
      else { continue }
      calls[String(name)] = count
    }
    return calls
  }

  private func has(_ tool: String) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
    }
  }

  private func table(_ counters: [Counter]) {
    let width = counters.map(\.name.count).max() ?? 0
    func cell(_ value: Double?) -> String {
      Text.padded(value.map { Text.number($0, digits: 2) } ?? "", 12)
    }
    print(
      "| \(String(repeating: " ", count: width)) | \(Text.padded("evlog", 12)) |", terminator: "")
    print(" \(Text.padded("limit", 12)) |")
    print("|\(String(repeating: "-", count: width + 2))|-------------:|-------------:|")
    for counter in counters {
      let name = counter.name + String(repeating: " ", count: width - counter.name.count)
      print("| \(name) | \(cell(counter.evlog)) | \(cell(counter.limit)) |")
    }
  }
}

import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// What came of one work: for each row, a measurement in each round.
struct WorkResult: Codable, Sendable {
  let work: String
  var rows: [Row]

  struct Row: Codable, Sendable {
    let label: String
    let contestant: String
    let load: Load
    var measurements: [Measurement] = []
  }

  func values(_ metric: Metric, of label: String) -> [Double] {
    (rows.first { $0.label == label }?.measurements ?? []).compactMap(metric.value)
  }
}

/// Does works in rounds, each contestant once in a round, each in a process of its own.
struct Runner {
  /// Everything is in this folder.
  let folder: String
  let rounds: Int
  private var dataSets: Set<String> = []

  init(folder: String, rounds: Int) throws {
    self.folder = folder
    self.rounds = rounds
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  mutating func run(_ work: Work) async throws -> WorkResult {
    for entry in work.entries where entry.job.readsDataSet && entry.needsDataSet {
      try await makeDataSet(for: entry)
    }
    var result = WorkResult(
      work: work.name,
      rows: work.entries.map { .init(label: $0.label, contestant: $0.contestant, load: $0.load) })
    let rounds = work.isDeterministic ? 1 : rounds
    for round in 1...rounds {
      for (i, entry) in work.entries.enumerated() {
        let measurement = try await measure(entry)
        result.rows[i].measurements.append(measurement)
        let values = work.metrics.compactMap { metric in
          metric.value(of: measurement).map { "\(metric.text($0)) \(metric.title)" }
        }
        note(
          "\(work.name), round \(round) of \(rounds), \(entry.label): "
            + values.joined(separator: ", "))
      }
    }
    try check(result, work)
    return result
  }

  private func measure(_ entry: Entry) async throws -> Measurement {
    var load = entry.load
    if entry.job.readsDataSet {
      load.folder = entry.needsDataSet ? dataSet(for: entry) : folder
      return try await Child.run(entry, load).measurement
    }
    load.folder = folder + "/append"
    try? FileManager.default.removeItem(atPath: load.folder)
    try FileManager.default.createDirectory(
      atPath: load.folder, withIntermediateDirectories: true)
    // What others have written, and what was removed, is not to be this one's burden.
    sync()
    let measurement = try await Child.run(entry, load).measurement
    try FileManager.default.removeItem(atPath: load.folder)
    return measurement
  }

  private func dataSet(for entry: Entry) -> String {
    "\(folder)/\(entry.contestant)-\(entry.load.variant.rawValue)-\(entry.load.events)"
      + "-\(entry.load.streams)"
      + (entry.load.leavesTail ? "-tail" : "") + (entry.load.isBest ? "-best" : "")
  }

  private mutating func makeDataSet(for entry: Entry) async throws {
    let path = dataSet(for: entry)
    guard dataSets.insert(path).inserted, !FileManager.default.fileExists(atPath: path) else {
      return
    }
    note("making \(entry.load.events) events for \(entry.contestant)")
    var load = entry.load
    load.folder = path + ".unfinished"
    load.threads = 1
    try? FileManager.default.removeItem(atPath: load.folder)
    try FileManager.default.createDirectory(
      atPath: load.folder, withIntermediateDirectories: true)
    let made = try await Child.run(Entry(entry.contestant, .make, load), load).measurement
    guard made.events == load.events else {
      throw Failure("\(entry.contestant) made \(made.events) events instead of \(load.events)")
    }
    try FileManager.default.moveItem(atPath: load.folder, toPath: path)
    sync()
  }

  /// All rows that did the same must have found the same.
  private func check(_ result: WorkResult, _ work: Work) throws {
    struct Question: Hashable {
      let job: Job
      let events, reads: UInt64
    }
    var answers: [Question: (checksum: UInt64, label: String)] = [:]
    for (row, entry) in zip(result.rows, work.entries) {
      for measurement in row.measurements {
        let question = Question(job: entry.job, events: entry.load.events, reads: entry.load.reads)
        if entry.load.reads == 0, !entry.job.countsCuts,
          measurement.events != entry.load.events
        {
          throw Failure(
            "\(row.label) dealt with \(measurement.events) events of \(entry.load.events)")
        }
        guard let checksum = measurement.checksum else { continue }
        let answer = answers[question] ?? (checksum, row.label)
        answers[question] = answer
        guard answer.checksum == checksum else {
          throw Failure(
            "\(work.name): \(row.label) found the sum \(checksum), but \(answer.label) "
              + "\(answer.checksum)")
        }
      }
    }
  }

}

/// Tells a person how far it is.
func note(_ text: String) { _ = try? FileDescriptor.standardError.writeAll((text + "\n").utf8) }

extension Entry {
  /// Computed figures need none.
  fileprivate var needsDataSet: Bool {
    // JavaScriptCore alone makes its events itself.
    !contestant.hasPrefix("lz4") && !(contestant == "limit" && job == .foldScript)
  }
}

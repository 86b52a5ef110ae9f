import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import Subprocess
import SystemPackage

/// Trials of what was never seen, in another process: a compiled machine may take that down.
struct MapProbe {
  let store: String
  let machine: MachineOptions
  let by: String?
  let edits: EditArguments

  /// Does them all, in as many processes as it takes: one that ends is followed by another, for which the
  /// cell at which it ended is left out.
  func run(_ trials: [RegionTrial], progress: (UInt64) -> Void) async throws -> Answers.Map.Probed {
    var outcomes: [Int: RegionOutcome] = [:]
    var left = Array(trials.indices)
    while !left.isEmpty {
      let report = try await process(left.map { trials[$0] })
      for (i, outcome) in report.outcomes { outcomes[left[i]] = outcome }
      guard let last = report.last else { break }
      let stopped = left[last]
      if outcomes[stopped] == nil { outcomes[stopped] = .traps }
      left = left.filter { i in
        let isSameCell = trials[i].place == trials[stopped].place
        return outcomes[i] == nil && !(report.hasEnded && isSameCell)
      }
      if !report.hasEnded { break }
      progress(UInt64(outcomes.count))
    }
    return answer(trials, outcomes)
  }

  /// A line of the other process: a trial that begins, and again with what came of it.
  struct Told: Codable {
    let trial: Int
    var outcome: RegionOutcome?
  }

  private struct ProcessReport {
    var outcomes: [Int: RegionOutcome] = [:]
    /// The last trial that was begun.
    var last: Int?
    /// Whether the process ended before it was through.
    var hasEnded = false
  }

  private func process(_ trials: [RegionTrial]) async throws -> ProcessReport {
    let input = try UnnamedFile(
      try trials.flatMap { try StateEncoder().canonicalBytes(of: $0) + [0x0A] })
    let output = try UnnamedFile()
    defer {
      input.close()
      output.close()
    }
    let status = try await Subprocess.run(
      .path(EvlogTool.executable),
      arguments: Arguments(
        [
          "map-probe", store, "--machine", machine.machine, "--handler-seconds",
          "\(machine.running.handlerSeconds)", "--memory-mib", "\(machine.running.memoryMib)",
        ] + (by.map { ["--by", $0] } ?? []) + edits.arguments.flatMap { [$0.option, $0.value] }),
      environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
      input: .fileDescriptor(input.descriptor, closeAfterSpawningProcess: false),
      output: .fileDescriptor(output.descriptor, closeAfterSpawningProcess: false),
      error: .discarded
    ).terminationStatus
    var report = ProcessReport()
    report.hasEnded = status != .exited(0)
    for line in try output.bytes().split(separator: 0x0A) {
      // A last line that is cut off is none: the process was ended while it wrote it.
      guard let told = try? StateDecoder().decode(Told.self, from: line) else { continue }
      report.last = told.trial
      if let outcome = told.outcome { report.outcomes[told.trial] = outcome }
    }
    if report.hasEnded, report.last == nil {
      throw Failure(.failed, "The process that tries the cells ended with \(status).")
    }
    return report
  }

  /// What came of all trials, cell by cell; in each the worst first.
  private func answer(_ trials: [RegionTrial], _ outcomes: [Int: RegionOutcome])
    -> Answers.Map.Probed
  {
    var order: [RegionTally.Place] = []
    var tried: [RegionTally.Place: [(outcome: RegionOutcome, count: Int, example: RegionTrial)]] =
      [:]
    for (i, trial) in trials.enumerated() {
      guard let outcome = outcomes[i] else { continue }
      if tried[trial.place] == nil { order.append(trial.place) }
      if let known = tried[trial.place]?.firstIndex(where: { $0.outcome == outcome }) {
        tried[trial.place]?[known].count += 1
      } else {
        tried[trial.place, default: []].append((outcome, 1, trial))
      }
    }
    let cells = order.map { place in
      let sorted = (tried[place] ?? []).sorted {
        ($0.outcome.severity, $1.count) < ($1.outcome.severity, $0.count)
      }
      return (place: place, outcomes: sorted)
    }.sorted {
      ($0.outcomes[0].outcome.severity, Name($0.place.region), Name($0.place.type))
        < ($1.outcomes[0].outcome.severity, Name($1.place.region), Name($1.place.type))
    }
    return Answers.Map.Probed(
      trials: outcomes.count,
      cells: cells.map { place, outcomes in
        var cell = Answers.Map.Probed.Cell(region: place.region, type: place.type)
        cell.outcomes = outcomes.map { outcome, count, example in
          var answered = Answers.Map.Probed.Outcome(outcome, example)
          answered.trials = count
          return answered
        }
        return cell
      })
  }
}

extension RegionOutcome {
  /// The worst comes first.
  fileprivate var severity: Int {
    switch self {
    case .traps: 0
    case .breaks: 1
    case .undefined: 2
    case .refused: 3
    case .leads: 4
    case .changesNothing: 5
    }
  }
}

import EvlogForensics
import EvlogReplay
import EvlogStore
import Subprocess
import SystemPackage

/// Trials of what was never seen, in another process: a compiled machine may take that down.
struct MapProbe {
  let store: String
  let machine: MachineOptions
  let by: String?

  /// What came of all trials, cell by cell.
  struct Answer {
    struct Cell {
      let region: String
      let type: String
      var place: RegionTally.Place { RegionTally.Place(region: region, type: type) }
      /// How often each outcome came, the worst first, with the first trial that had it.
      var outcomes: [(outcome: RegionOutcome, count: Int, example: RegionTrial)] = []
    }

    var cells: [Cell] = []
    var count = 0
  }

  /// Does them all, in as many processes as it takes: one that ends is followed by another, for which the
  /// cell at which it ended is left out.
  func run(_ trials: [RegionTrial], progress: (UInt64) -> Void) async throws -> Answer {
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

  private struct ProcessReport {
    var outcomes: [Int: RegionOutcome] = [:]
    /// The last trial that was begun.
    var last: Int?
    /// Whether the process ended before it was through.
    var hasEnded = false
  }

  private func process(_ trials: [RegionTrial]) async throws -> ProcessReport {
    let input = try UnnamedFile(trials.flatMap { $0.json.canonicalBytes + [0x0A] })
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
          "\(machine.handlerSeconds)", "--memory-mib", "\(machine.memoryMib)",
        ] + (by.map { ["--by", $0] } ?? [])),
      environment: .inherit.updating(["SWIFT_BACKTRACE": "enable=no"]),
      input: .fileDescriptor(input.descriptor, closeAfterSpawningProcess: false),
      output: .fileDescriptor(output.descriptor, closeAfterSpawningProcess: false),
      error: .discarded
    ).terminationStatus
    var report = ProcessReport()
    report.hasEnded = status != .exited(0)
    for line in try output.bytes().split(separator: 0x0A) {
      guard let value = JSONValue(validating: line), let i = value["trial"]?.integer(Int.self)
      else { continue }
      report.last = i
      if let outcome = RegionOutcome(json: value) { report.outcomes[i] = outcome }
    }
    if report.hasEnded, report.last == nil {
      throw Failure(.failed, "The process that tries the cells ended with \(status).")
    }
    return report
  }

  private func answer(_ trials: [RegionTrial], _ outcomes: [Int: RegionOutcome]) -> Answer {
    var answer = Answer()
    answer.count = outcomes.count
    for (i, trial) in trials.enumerated() {
      guard let outcome = outcomes[i] else { continue }
      let place =
        answer.cells.firstIndex { $0.place == trial.place }
        ?? answer.cells.count
      if place == answer.cells.count {
        answer.cells.append(.init(region: trial.region, type: trial.type))
      }
      if let known = answer.cells[place].outcomes.firstIndex(where: { $0.outcome == outcome }) {
        answer.cells[place].outcomes[known].count += 1
      } else {
        answer.cells[place].outcomes.append((outcome, 1, trial))
      }
    }
    for i in answer.cells.indices {
      answer.cells[i].outcomes.sort {
        ($0.outcome.severity, $1.count) < ($1.outcome.severity, $0.count)
      }
    }
    answer.cells.sort {
      ($0.outcomes[0].outcome.severity, Name($0.region), Name($0.type))
        < ($1.outcomes[0].outcome.severity, Name($1.region), Name($1.type))
    }
    return answer
  }
}

extension MapProbe.Answer {
  func print() {
    let out = Output.standard
    out.line()
    out.line(
      out.bold("synthetic") + "  \(Words.count(count, "trial")) of events on states that never met")
    for cell in cells {
      let all = cell.outcomes.reduce(0) { $0 + $1.count }
      let words = cell.outcomes.map { outcome, count, example in
        let where_ =
          example.cut.map { "cut \(Words.number($0))" } ?? "the initial state"
        let place = "offset \(Words.number(example.offset)) on \(where_)"
        return "\(Words.number(count)) \(outcome.words) (\(place))"
      }
      out.line(
        "  \(Words.plain(cell.region)) × \(Words.plain(cell.type))  tried \(Words.number(all)): "
          + words.joined(separator: ", "))
    }
  }

  var json: JSONValue {
    .object([
      ("synthetic", .bool(true)), ("trials", .int(count)),
      (
        "cells",
        .array(
          cells.map { cell in
            .object([
              ("region", .string(cell.region)), ("type", .string(cell.type)),
              (
                "outcomes",
                .array(
                  cell.outcomes.map { outcome, count, example in
                    .object(
                      JSONObject(
                        outcome.members + [
                          ("trials", .int(count)), ("cut", .optional(example.cut)),
                          ("offset", .int(example.offset)),
                        ]))
                  })
              ),
            ])
          })
      ),
    ])
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

  fileprivate var words: String {
    switch self {
    case .traps: "end the process"
    case .breaks(let name): "break '\(name)'"
    case .undefined(let name): "leave '\(name)' undefined"
    case .refused(let reason): "refused: \(Words.plain(reason))"
    case .leads(let region): "lead to \(Words.plain(region))"
    case .changesNothing: "change nothing"
    }
  }

  var members: [(String, JSONValue)] {
    switch self {
    case .traps: [("outcome", .string("traps"))]
    case .breaks(let name): [("outcome", .string("breaks")), ("invariant", .string(name))]
    case .undefined(let name): [("outcome", .string("undefined")), ("invariant", .string(name))]
    case .refused(let reason): [("outcome", .string("refused")), ("reason", .string(reason))]
    case .leads(let region): [("outcome", .string("leads")), ("target", .string(region))]
    case .changesNothing: [("outcome", .string("changesNothing"))]
    }
  }

  init?(json: JSONValue) {
    func text(_ name: String) -> String { json[name]?.stringValue ?? "" }
    switch json["outcome"]?.stringValue {
    case "breaks": self = .breaks(text("invariant"))
    case "undefined": self = .undefined(text("invariant"))
    case "refused": self = .refused(text("reason"))
    case "leads": self = .leads(to: text("target"))
    case "changesNothing": self = .changesNothing
    default: return nil
    }
  }
}

extension RegionTrial {
  var json: JSONValue {
    .object([
      ("region", .string(region)), ("type", .string(type)), ("cut", .optional(cut)),
      ("witness", .optional(witness)), ("offset", .int(offset)),
    ])
  }

  init?(json: JSONValue) {
    guard let region = json["region"]?.stringValue, let type = json["type"]?.stringValue,
      let offset = json["offset"]?.integer(Offset.self)
    else { return nil }
    self.init(
      region: region, type: type, cut: json["cut"]?.integer(Cut.self),
      witness: json["witness"]?.integer(Offset.self), offset: offset)
  }
}

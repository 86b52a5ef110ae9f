import ArgumentParser
import CEvents
import CFold
import CLimit
import CPeers
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#endif

/// One job of one contestant, in a process of its own; prints a line of JSON.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Do one job as one contestant, and print what came of it.")

  @Argument(help: "What to do.") var job: Job
  @Argument(help: "Who does it: evlog, limit, sqlite, lmdb, rocksdb, lz4, lz4hc.")
  var contestant: String
  @Argument(help: "The events, as JSON.") var load: Load

  func run() throws {
    // Nothing here takes as long, also on a slow machine.
    alarm(1800)
    let probe = job.isDurable ? unsafe Latencies(bench_sync_probe(load.folder)) : nil
    var result = try measurement()
    result.probe = probe
    result.peakMemory = bench_peak_memory()
    if result.bytes == 0 { result.bytes = unsafe bench_folder_bytes(load.folder) }
    print(String(decoding: try JSONEncoder().encode(result), as: UTF8.self))
  }

  private func measurement() throws -> Measurement {
    switch (contestant, job) {
    case ("evlog", _): try EvlogContestant(load).run(job)
    case ("lz4", .size): Measurement(events: load.events, bytes: load.ndjsonLZ4(level: 0))
    case ("lz4hc", .size): Measurement(events: load.events, bytes: load.ndjsonLZ4(level: 4))
    case (_, .size): Measurement(events: load.events)
    case (_, .generate): Measurement(events: load.generate())
    default: try unsafe load.run(function())
    }
  }

  /// What the contestant has for the job, in C.
  private func function() throws -> bench_work {
    let peer = unsafe bench_peer_named(contestant)
    let function: bench_work? =
      switch (contestant, job) {
      case ("limit", .append): unsafe limit_append
      case ("limit", .bulk): unsafe limit_bulk
      case ("limit", .make): unsafe limit_make
      case ("limit", .scan): unsafe limit_scan
      case ("limit", .fold): unsafe limit_fold
      case ("limit", .foldScript): unsafe limit_fold_script
      case ("limit", .clocks): unsafe limit_clocks
      case ("limit", .cuts): unsafe limit_cuts
      case (_, .append): unsafe peer?.pointee.append
      case (_, .make): unsafe peer?.pointee.make
      case (_, .scan): unsafe peer?.pointee.scan
      case (_, .count): unsafe peer?.pointee.count
      case (_, .streams): unsafe peer?.pointee.streams
      case (_, .random): unsafe peer?.pointee.random
      default: nil
      }
    guard let function = unsafe function else {
      throw Failure("'\(contestant)' does not do '\(job.rawValue)'")
    }
    return unsafe function
  }
}

extension Load {
  fileprivate func run(_ function: bench_work) -> Measurement {
    unsafe withTask { unsafe Measurement(function($0)) }
  }

  fileprivate func generate() -> UInt64 {
    unsafe withTask { task in
      var all = unsafe bench_events()
      unsafe bench_events_fill(&all, task, 0, events)
      defer { unsafe bench_events_free(&all) }
      return unsafe all.count
    }
  }

  fileprivate func ndjsonLZ4(level: Int32) -> UInt64 {
    unsafe withTask { unsafe bench_ndjson_lz4($0, level) }
  }
}

/// Reads a folder's files, so that they are in memory.
func warm(_ folder: String) { unsafe bench_folder_warm(folder) }

/// What went wrong, for a person.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension Load: ExpressibleByArgument {
  init?(argument: String) {
    guard let load = try? JSONDecoder().decode(Load.self, from: Data(argument.utf8)) else {
      return nil
    }
    self = load
  }

  var argument: String {
    get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }
}

import ArgumentParser
import CEvents
import SystemPackage

/// What kind of events there are.
enum Variant: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  /// JSON of about 200 bytes in all; numbers ascend, texts repeat.
  case seq
  /// The same with two random UUIDs each, about 240 bytes.
  case rnd
  /// 33 bytes of a packed structure.
  case bin

  var code: bench_variant {
    switch self {
    case .seq: BENCH_SEQ
    case .rnd: BENCH_RND
    case .bin: BENCH_BIN
    }
  }
}

/// Which events a work is about, and where.
struct Load: Codable, Sendable, Hashable {
  var variant = Variant.seq
  var events: UInt64 = 0
  var streams: UInt64 = 100_000
  /// Events in a turn.
  var turn: UInt64 = 1000
  /// How many reads at random.
  var reads: UInt64 = 0
  var threads = 1
  /// Leaves out the peers' index of streams.
  var isPlain = false
  /// evlog: full segments are compressed while others are written.
  var sealsAutomatically = true
  /// evlog: space that is filled with zeros before the clock starts, as it is for the limit.
  var reservedBytes = 0
  /// evlog: a data set is compressed with `seal(.best)`.
  var isBest = false
  /// evlog: a data set's last segment is left as it was appended, not compressed.
  var leavesTail = false
  /// The contestant's own folder.
  var folder = ""

  /// Calls C with the same.
  func withTask<T>(_ body: (UnsafePointer<bench_task>) throws -> T) rethrows -> T {
    try unsafe folder.withCString { folder in
      var task = unsafe bench_task(
        variant: variant.code, events: events, streams: streams, turn: turn, reads: reads,
        threads: Int32(threads), is_plain: isPlain, folder: folder)
      return try unsafe body(&task)
    }
  }
}

/// What each contestant is asked to do.
enum Job: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  /// Appends turns, each durable before the next.
  case append
  /// The same in as many tasks as there are `threads`.
  case appendInTasks = "append-in-tasks"
  /// Appends everything, and is done when it is compressed.
  case bulk
  /// Makes a data set to read, as fast as it goes.
  case make
  /// Reads every event.
  case scan
  /// Counts events by type and by stream.
  case count
  /// Reads streams at random.
  case streams
  /// Reads events at random.
  case random
  /// Opens a log.
  case open
  /// Opens a log for reading only.
  case openReadOnly = "open-read-only"
  /// Counts the bytes of a data set.
  case size
  /// Folds every event into a state: by views of blocks, by `Codable`, by a script, by Foundation.
  case fold
  case foldCodable = "fold-codable"
  case foldScript = "fold-script"
  case foldFoundation = "fold-foundation"
  /// Folds and judges an invariant that looks at one account after each event.
  case judge
  /// The same by a script with a state for each stream.
  case judgeScript = "judge-script"
  /// Folds and counts by regions.
  case map
  /// Judges once more, after a hundredth more events than there were the first time.
  case judgeAgain = "judge-again"
  /// Searches for where an invariant breaks, from snapshots.
  case probe
  /// Steps back from the log's end, one event at a time.
  case stepBack = "step-back"
  case index, blame
  /// How late a task wakes up while two questions run, and how long after questions are cancelled they end.
  case heartbeat
  case cancel
  /// Finds the few events of a stream that break an invariant, by a compiled machine and by a script.
  case minimise
  case minimiseScript = "minimise-script"
  /// Makes the data of `Codable` events, by evlog and by Foundation.
  case encode
  case encodeFoundation = "encode-foundation"
  /// Brings a projection up to date that writes one row for each event, and does the same writes with
  /// GRDB alone.
  case project
  case projectBare = "project-bare"
  /// Rebuilds a projection that only counts.
  case rebuild
  /// Turns by a runner with a warm state, less appends of the same events, or of their bytes.
  case turn
  case turnOverBytes = "turn-over-bytes"
  /// From an append that is acknowledged to a subscriber of the same log, or in another process, which
  /// watches.
  case follow
  case followBeside = "follow-beside"
  case watch
  /// Makes the vector clocks of events in several lines.
  case clocks
  /// Asks whether cuts are consistent, and for the nearest ones.
  case checkCuts = "check-cuts"
  /// Looks for the least cut at which a predicate of each line holds.
  case detect
  /// Steps through all consistent cuts, and judges a compiled predicate at each.
  case cuts
  case judgeCuts = "judge-cuts"
  /// Makes the events of an append, and does not append them.
  case generate

  /// Whether it reads a data set that was made before.
  var readsDataSet: Bool {
    switch self {
    case .append, .appendInTasks, .bulk, .make, .generate, .encode, .encodeFoundation, .turn,
      .turnOverBytes, .follow, .followBeside, .watch, .minimise, .minimiseScript, .clocks,
      .checkCuts, .detect, .cuts, .judgeCuts:
      false
    case .scan, .count, .streams, .random, .open, .openReadOnly, .size: true
    case .fold, .foldCodable, .foldScript, .foldFoundation, .judge, .judgeScript, .map, .judgeAgain,
      .probe,
      .stepBack, .index, .blame, .heartbeat, .cancel, .project, .projectBare, .rebuild:
      true
    }
  }

  /// Whether what it deals with is counted in cuts, of which there are more than events.
  var countsCuts: Bool { self == .cuts || self == .judgeCuts }

  /// Whether each of its operations waits for the disk.
  var isDurable: Bool {
    switch self {
    case .append, .appendInTasks, .bulk, .turn, .turnOverBytes, .follow, .followBeside: true
    default: false
    }
  }
}

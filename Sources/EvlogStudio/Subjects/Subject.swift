import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import Synchronization

/// What the page looks at: the events, and a machine over them.
final class Subject: Sendable {
  let id: Int
  let source: SubjectSource
  let tiles: TileIndex
  let broadcast = Broadcast()
  let tables: SubjectTables
  private let machine: Mutex<LoadedMachine?>

  var history: any History { source.history }
  var log: EventLog? { source.history as? EventLog }

  /// Loads the machine; throws what is wrong with it.
  init(_ id: Int, _ source: SubjectSource, _ tiles: TileIndex, wording: @escaping Wording) throws {
    self.id = id
    self.source = source
    self.tiles = tiles
    tables = SubjectTables(source.projections, over: source.history)
    machine = Mutex(
      try source.load.map { LoadedMachine(try $0(), over: source, wording: wording) })
  }

  /// The machine as it was loaded last; nil where there is none.
  var loaded: LoadedMachine? { machine.withLock { $0 } }

  func required() throws(StudioError) -> LoadedMachine {
    guard let loaded else {
      throw StudioError(
        400, "No machine is open over this log.", advice: "Start the studio with a machine.")
    }
    return loaded
  }

  /// Puts another version of the machine in use.
  func replace(_ new: LoadedMachine) { machine.withLock { $0 = new } }
}

/// How an error is worded.
package typealias Wording = @Sendable (any Error) -> String

/// One version of a machine over the events, with what is known of it so far.
final class LoadedMachine: Sendable {
  let investigation: Investigation
  let timelines: TimelinePool
  private let known: Mutex<Verdicts?>
  /// Events by region, and below the last map, each by its rule: they are counted by whole replays.
  private let rows = Mutex<[RegionRule: RegionRows]>([:])
  private let maps = Mutex<[RegionRule: (cut: Cut, map: Answers.Map)]>([:])

  var descriptor: MachineDescriptor { investigation.machine }
  /// The verdicts as far as they are known; nil before the first ones are.
  var verdicts: Verdicts? { known.withLock { $0 } }
  var knownTo: Cut { verdicts?.knownTo ?? 0 }

  init(_ program: any Program, over source: SubjectSource, wording: @escaping Wording) {
    var investigation = Investigation(
      program, of: source.history, workers: source.workers, caches: source.caches)
    investigation.wording = wording
    self.investigation = investigation
    timelines = TimelinePool(investigation.replayer)
    known = Mutex(nil)
  }

  /// The map by a rule, up to a cut or to the end.
  func map(by rule: RegionRule, to cut: Cut?) async throws -> Answers.Map {
    let cut = try investigation.replayer.checked(cut)
    if let known = maps.withLock({ $0[rule] }), known.cut == cut { return known.map }
    let made = try await investigation.map(by: rule, to: cut)
    maps.withLock { maps in
      if maps.count > 8 { maps = [:] }
      maps[rule] = (cut, made)
    }
    return made
  }

  /// Events by region, by a rule; counted again when the log has grown.
  func regionRows(by rule: RegionRule) async throws -> RegionRows {
    if let known = rows.withLock({ $0[rule] }), known.end == investigation.replayer.history.end {
      return known
    }
    let made = try await QuestionThreads.run {
      try RegionRows(self.investigation.replayer, by: rule)
    }
    rows.withLock { rows in
      if rows.count > 4 { rows = [:] }
      rows[rule] = made
    }
    return made
  }

  /// Judges the events that the log has got since, and keeps the verdicts.
  func judge() async throws -> Verdicts {
    let verdicts = Verdicts(try await investigation.replayer.scan())
    known.withLock { $0 = verdicts }
    return verdicts
  }
}

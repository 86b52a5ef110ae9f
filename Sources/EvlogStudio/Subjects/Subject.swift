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
  let broadcast = Broadcast()
  private let opened: Mutex<Opened>

  /// What is open: the events, what is kept of them, and the machine. A group that has grown is another history.
  struct Opened: Sendable {
    var source: SubjectSource
    var tiles: TileIndex
    var tables: SubjectTables
    /// The machine as it was loaded last; nil where there is none.
    var loaded: LoadedMachine?
    /// Counts the histories.
    var generation = 0
  }

  var source: SubjectSource { opened.withLock { $0.source } }
  var tiles: TileIndex { opened.withLock { $0.tiles } }
  var tables: SubjectTables { opened.withLock { $0.tables } }
  var loaded: LoadedMachine? { opened.withLock { $0.loaded } }
  var history: any History { source.history }
  var log: EventLog? { source.history as? EventLog }
  /// All of it at one time.
  var now: Opened { opened.withLock { $0 } }

  /// Loads the machine; throws what is wrong with it.
  init(_ id: Int, _ source: SubjectSource, _ tiles: TileIndex, wording: @escaping Wording) throws {
    self.id = id
    opened = Mutex(
      Opened(
        source: source, tiles: tiles,
        tables: SubjectTables(source.projections, over: source.history),
        loaded: try source.load.map { LoadedMachine(try $0(), over: source, wording: wording) }))
  }

  func required() throws(StudioError) -> LoadedMachine {
    guard let loaded else {
      throw StudioError(
        400, "No machine is open over this log.", advice: "Start the studio with a machine.")
    }
    return loaded
  }

  /// Puts another version of the machine in use, unless it was made for a history that is no longer the present one.
  func replace(_ new: LoadedMachine, madeFor generation: Int) -> Bool {
    opened.withLock { opened in
      guard opened.generation == generation else { return false }
      opened.loaded = new
      return true
    }
  }

  /// Puts another history in use, with the machine over it, unless the machine has become another one meanwhile.
  func replace(_ before: Opened, by new: Opened) -> Bool {
    opened.withLock { opened in
      guard opened.generation == before.generation, opened.loaded === before.loaded else {
        return false
      }
      opened = new
      opened.generation = before.generation + 1
      return true
    }
  }
}

/// How an error is worded.
package typealias Wording = @Sendable (any Error) -> String

/// One version of a machine over the events, with what is known of it so far.
final class LoadedMachine: Sendable {
  let program: any Program
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
    self.program = program
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
    let made = try await investigation.map(by: rule, to: cut, worseThan: nil, unseenIn: nil) {
      guard case .value(let path) = rule, $0.isOfNothing else { return nil }
      throw StudioError(
        400, "There is nothing at '\(path)' in any state.",
        advice: "Choose a path of the state, as the moment shows it.")
    }
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

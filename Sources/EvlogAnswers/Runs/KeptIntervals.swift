import EvlogStore
import EvlogCore
import EvlogCuts
import EvlogJSON
import EvlogMachine
import EvlogReplay

/// What is known of the cuts of a group's runs, kept so that asking again costs only the intervals of new events.
///
/// A cache beside the snapshots of the group; without it, no answer is another one.
struct KeptIntervals {
  private static let magic = "EVLOGRUN"

  private let snapshots: SnapshotStore
  private let machine: MachineDescriptor
  private let history: CausalHistory
  /// Up to here, something is known.
  private(set) var cut: Cut?
  /// By the name of the invariant.
  private(set) var known: [Name: KnownIntervals] = [:]
  /// Files that could not be used, and why.
  private(set) var ignored: [SnapshotStore.Ignored] = []

  /// Nil if nothing may be kept. Reads what is there.
  init?(_ replayer: Replayer, of history: CausalHistory) {
    guard let snapshots = replayer.snapshots else { return nil }
    (self.snapshots, machine, self.history) = (snapshots, replayer.machine, history)
    do {
      for (cut, name) in try files().reversed() {
        do {
          known = try read(name, cut)
          self.cut = cut
          return
        } catch { ignored.append(.init(.runs, fileName: name, error)) }
      }
    } catch { ignored.append(.init(.runs, fileName: snapshots.folderName, error)) }
  }

  /// The files of the machine, the lowest cut first.
  private func files() throws -> [(cut: Cut, name: String)] {
    try snapshots.files.names().compactMap { fileName in
      guard let name = CacheName(fileName, suffix: CacheName.runs),
        name.belongs(to: machine.fingerprint)
      else { return nil }
      return (name.cut, fileName)
    }.sorted { $0.cut < $1.cut }
  }

  private func read(_ name: String, _ cut: Cut) throws -> [Name: KnownIntervals] {
    let (header, body) = try CacheFile.decode(
      try snapshots.files.read(name), Self.magic, named: "what is known of runs")
    guard header["fingerprint"]?.stringValue == "\(machine.fingerprint)",
      header["cut"]?.integer(Cut.self) == cut, cut <= history.end
    else { throw Unusable("it belongs to another machine or cut", .mismatch) }
    guard try header["logDigest"]?.stringValue == "\(history.digest(at: cut))",
      try history.causality.isConsistent(history.order.vectorCut(at: cut))
    else { throw Unusable("it was made of other events than the group has", .mismatch) }
    guard let items = JSONValue(validating: body[...])?.arrayValue else {
      throw Unusable("it is malformed")
    }
    var known: [Name: KnownIntervals] = [:]
    for item in items {
      guard let invariant = item["invariant"]?.stringValue,
        let count = item["intervals"]?.integer(Int.self),
        let cuts = item["cuts"]?.integer(UInt64.self), count <= Int(UInt64(cut)) + 1
      else { throw Unusable("it is malformed") }
      known[Name(invariant)] = KnownIntervals(count: count, cuts: cuts)
    }
    return known
  }

  /// Keeps what was found out about an invariant.
  mutating func learn(_ invariant: String, _ intervals: KnownIntervals) {
    if intervals.count > known[Name(invariant)]?.count ?? 0 { known[Name(invariant)] = intervals }
  }

  /// Writes what is known, in the place of what was.
  func save() throws {
    let items = known.sorted { $0.key.string < $1.key.string }.map { name, intervals in
      JSONValue.object([
        ("invariant", .string(name.string)), ("intervals", .int(intervals.count)),
        ("cuts", .int(intervals.cuts)),
      ])
    }
    guard !items.isEmpty else { return }
    let file = CacheFile(
      Self.magic,
      [
        ("log", .string(snapshots.historyID)), ("machine", .string(machine.name)),
        ("fingerprint", .string("\(machine.fingerprint)")), ("cut", .int(history.end)),
        ("logDigest", .string("\(try history.digest(at: history.end))")),
      ], body: JSONValue.array(items).canonicalBytes)
    let fileName = machine.cacheName(machine.fingerprint, at: history.end) + CacheName.runs
    try snapshots.files.write(file.encoded(), fileName)
    for (_, name) in try files() where name != fileName { try snapshots.files.remove(name) }
  }
}

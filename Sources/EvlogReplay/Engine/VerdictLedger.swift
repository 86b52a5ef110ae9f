import EvlogJSON
import EvlogMachine
import EvlogStore

/// The verdicts of a machine up to a cut, kept so that asking again costs only what is new.
///
/// It holds where each invariant's verdict changed, and the state at the cut, from which a scan goes
/// on. A cache, which may be deleted at any time.
struct VerdictLedger {
  /// The last cut that was judged.
  var cut: Cut
  var record: VerdictRecord
  /// How many events had been reduced for each key whose last verdict is not `holds`.
  var evaluations: [Name: UInt64]
  /// What was known of the streams or keys at the cut.
  var keys = ScannedKeys()
  /// What `Execution.save` returned at the cut.
  var saved: [UInt8]
}

/// The ledgers of a log's machines.
struct LedgerStore {
  private static let magic = "EVLOGVRD"
  /// So many are kept of one machine: the newest, and others that were asked for on the way.
  private static let countLimit = 3
  /// Longer lists of changes are not worth keeping.
  private static let changeLimit = 1_000_000

  /// They lie beside the snapshots, and go with them.
  let snapshots: SnapshotStore
  let machine: MachineDescriptor
  /// The places of the invariants that are judged.
  let judged: [Int]

  /// What is kept of some invariants is of no use for others; what is kept of all of them is.
  private var fingerprint: Digest {
    if judged.count == machine.invariants.count { return machine.fingerprint }
    return machine.fingerprint.chained(
      with: JSONValue.array(judged.map { .int($0) }).canonicalBytes)
  }

  private struct Entry {
    let fileName: String
    let cut: Cut
    let fingerprint: Digest
  }

  /// The lowest cut first.
  private func entries(of fingerprints: [Digest]) throws(EventLogError) -> [Entry] {
    try snapshots.files.names().compactMap { fileName in
      guard let name = CacheName(fileName, suffix: CacheName.verdicts),
        let fingerprint = fingerprints.first(where: name.belongs)
      else { return nil }
      return Entry(fileName: fileName, cut: name.cut, fingerprint: fingerprint)
    }.sorted { $0.cut < $1.cut }
  }

  /// The verdicts up to the highest cut that is of use for a scan to `cut`.
  ///
  /// Of a machine with one state a ledger that goes further is of use too: what it says up to `cut` is
  /// the answer. So it is wherever nothing is to be counted (`orBeyond`).
  func usable(to cut: Cut, orBeyond: Bool = false) -> (
    ledger: VerdictLedger?, ignored: [SnapshotStore.Ignored]
  ) {
    var ignored: [SnapshotStore.Ignored] = []
    var entries: [Entry]
    do { entries = try self.entries(of: [machine.fingerprint, fingerprint]) } catch {
      return (nil, [.init(.verdicts, fileName: snapshots.folderName, error)])
    }
    if machine.scope == .log || orBeyond, let beyond = entries.first(where: { $0.cut >= cut }) {
      entries = entries.filter { $0.cut < cut } + [beyond]
    } else {
      entries = entries.filter { $0.cut <= cut }
    }
    for entry in entries.reversed() {
      do { return (try read(entry), ignored) } catch {
        ignored.append(.init(.verdicts, fileName: entry.fileName, error))
      }
    }
    return (nil, ignored)
  }

  private func read(_ entry: Entry) throws -> VerdictLedger {
    let cut = entry.cut
    let bytes = try snapshots.files.read(entry.fileName)
    let (header, body) = try CacheFile.decode(bytes, Self.magic, named: "a list of verdicts")
    guard header["fingerprint"]?.stringValue == "\(entry.fingerprint)",
      header["cut"]?.integer(Cut.self) == cut, cut <= snapshots.end
    else { throw Unusable("it belongs to another machine or cut", .mismatch) }
    guard try header["logDigest"]?.stringValue == "\(snapshots.digest(at: cut))" else {
      throw Unusable("it was made of other events than the log has", .mismatch)
    }
    guard let newline = body.firstIndex(of: 0x0A),
      let lists = JSONValue(validating: body[..<newline]),
      let changes = lists["changes"]?.arrayValue, let counts = lists["counts"]?.arrayValue,
      let steps = lists["steps"]?.arrayValue, steps.count == machine.invariants.count,
      let keys = lists["keys"].flatMap({ ScannedKeys(json: $0, machine: machine.name) })
    else { throw Unusable("it is malformed") }
    var ledger = VerdictLedger(
      cut: cut, record: VerdictRecord(of: machine), evaluations: [:],
      keys: keys, saved: Array(body[(newline + 1)...]))
    for item in changes {
      guard let change = VerdictChange(item.arrayValue ?? []),
        machine.invariants.indices.contains(change.invariant)
      else { throw Unusable("it is malformed") }
      ledger.record.take(change)
    }
    for (i, list) in steps.enumerated() {
      for item in list.arrayValue ?? [] {
        guard let parts = item.arrayValue, parts.count == 2,
          let cut = parts[0].integer(Cut.self)
        else { throw Unusable("it is malformed") }
        ledger.record.take(step: i, cut: cut, key: parts[1].stringValue)
      }
    }
    for item in counts {
      guard let parts = item.arrayValue, parts.count == 2, let key = parts[0].stringValue,
        let count = parts[1].integer(UInt64.self)
      else { throw Unusable("it is malformed") }
      ledger.evaluations[Name(key)] = count
    }
    ledger.record.keep(Set(judged))
    return ledger
  }

  /// Keeps verdicts, and drops what is older than is worth keeping.
  func save(_ ledger: VerdictLedger) throws {
    let record = ledger.record
    guard record.changes.count + record.steps.reduce(0, { $0 + $1.count }) <= Self.changeLimit
    else { return }
    let lists: JSONValue = .object([
      ("changes", .array(record.changes.map(\.json))),
      (
        "steps",
        .array(
          record.steps.map {
            .array($0.map { .array([.int($0.cut), $0.key.map { .string($0) } ?? .null]) })
          })
      ),
      (
        "counts",
        .array(ledger.evaluations.map { .array([.string($0.key.string), .int($0.value)]) })
      ),
      ("keys", ledger.keys.json),
    ])
    let file = CacheFile(
      Self.magic,
      [
        ("log", .string(snapshots.historyID)), ("machine", .string(machine.name)),
        ("fingerprint", .string("\(fingerprint)")), ("cut", .int(ledger.cut)),
        ("logDigest", .string("\(try snapshots.digest(at: ledger.cut))")),
      ], body: lists.canonicalBytes + [0x0A] + ledger.saved)
    try snapshots.files.write(
      file.encoded(), machine.cacheName(fingerprint, at: ledger.cut) + CacheName.verdicts)
    for entry in try entries(of: [fingerprint]).dropLast(Self.countLimit) {
      try snapshots.files.remove(entry.fileName)
    }
  }
}

extension VerdictChange {
  fileprivate var json: JSONValue {
    .array([
      .int(invariant), key.map { .string($0) } ?? .null, .int(cut), .int(verdict.rawValue),
      .int(evaluation), reason.map { .string($0) } ?? .null,
    ])
  }

  fileprivate init?(_ parts: [JSONValue]) {
    guard parts.count == 6, let invariant = parts[0].integer(Int.self),
      let cut = parts[2].integer(Cut.self),
      let verdict = parts[3].integer(UInt8.self).flatMap(Verdict.init(rawValue:)),
      let evaluation = parts[4].integer(UInt64.self)
    else { return nil }
    self.init(
      invariant: invariant, key: parts[1].stringValue, cut: cut, verdict: verdict,
      evaluation: evaluation, reason: parts[5].stringValue)
  }
}

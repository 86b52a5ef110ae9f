import EvlogJSON
import EvlogMachine
public import EvlogReplay
public import EvlogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The result of making an index of writes.
public struct IndexedWrites: Sendable, Hashable {
  /// Writes are looked up in the index up to this cut.
  public let cut: Cut
  /// The index reached this cut before.
  public let before: Cut
  /// The number of writes to paths in between.
  public let writes: UInt64
  /// The number of files of the index, and of their bytes.
  public let files: Int
  public let bytes: UInt64
}

extension Replayer {
  /// Makes an index of which event wrote what, or continues an existing one.
  ///
  /// With it, ``blame(_:ofKey:at:history:)`` and ``why(_:depth:limit:)`` look up what they would have to
  /// replay. Writes of machines in JavaScript are watched; the state of a compiled machine is encoded after
  /// each event, which takes long for a large state. Throws if something cannot be read or written; what was
  /// indexed before that stays.
  @discardableResult
  public func indexWrites() async throws -> IndexedWrites {
    try await QuestionThreads.run {
      if let reason = machine.unidentified { throw Unusable.unidentified(machine, reason) }
      var work = Work()
      guard let snapshots = SnapshotStore(of: history) else {
        throw Unusable("what has no place for caches can have no index")
      }
      let end = snapshots.end
      var known = WriteIndex(of: self, before: end, &work)?.cut ?? 0
      var making: WriteIndexing
      do { making = try WriteIndexing(self, of: snapshots, from: known) } catch is Unusable {
        // The file that it would go on from is damaged: all is made again.
        try dropIndexedWrites()
        known = 0
        making = try WriteIndexing(self, of: snapshots, from: 0)
      }
      let execution = try execution(at: known, work: &work)
      // A key that is put aside has no value any more, which an index does not know.
      if let failure = try execution.failures().first { throw failure.error }
      let playhead = Playhead(
        execution, over: history, at: known, counting: ProgressCounter(progress))
      try playhead.advance(
        to: end, watching: .writes(verdicts: false), workers: 1, verdict: { _ in },
        moment: { making.add($0) }
      ) { playhead in
        if try execution.counts.failed > 0, let failure = try execution.failures().first {
          throw failure.error
        }
        if making.isFull { try making.finish(at: playhead.cut) }
      }
      try making.finish(at: end)
      // To go on from; a state that cannot be saved is replayed then.
      if savesSnapshots, self.snapshots != nil, known < end {
        _ = try? snapshots.save(execution, of: machine, at: end)
      }
      return try making.result(from: known)
    }
  }

  /// Removes the index of writes, and returns the number of its files.
  @discardableResult
  public func dropIndexedWrites() throws -> Int {
    guard let snapshots = SnapshotStore(of: history) else { return 0 }
    let files = try WriteIndexFile.all(of: machine, snapshots)
    for file in files { try snapshots.files.remove(file.name) }
    return files.count
  }
}

/// The part of an index that is being made.
private struct WriteIndexing {
  /// A file gets lines of about so many bytes. Smaller ones are made one with what comes next.
  private static let fileBytes = 24 << 20

  private let replayer: Replayer
  private let snapshots: SnapshotStore
  private var from: Cut
  private var bytes: [UInt8] = []
  private var lines: [Line] = []
  /// The file that has the lines.
  private var replaced: String?
  private var count: UInt64 = 0

  private struct Line {
    let start: Int
    let keyCount: Int
    let end: Int
    let offset: Offset
  }

  init(_ replayer: Replayer, of snapshots: SnapshotStore, from: Cut) throws {
    self.replayer = replayer
    self.snapshots = snapshots
    self.from = from
    guard from > 0 else { return }
    let name = WriteIndexFile.name(of: replayer.machine, to: from)
    let file = try WriteIndexFile(name, of: replayer.machine, snapshots)
    guard file.rawBytes < Self.fileBytes / 2 else { return }
    for line in try file.lines(snapshots) {
      guard let record = WriteRecord(line) else { throw Unusable("it is malformed") }
      add(line, keyCount: record.key.bytes.count, record.offset)
    }
    self.from = file.from
    replaced = name
  }

  var isFull: Bool { bytes.count >= Self.fileBytes }

  private mutating func add(_ line: some Collection<UInt8>, keyCount: Int, _ offset: Offset) {
    let start = bytes.count
    bytes.append(contentsOf: line)
    lines.append(Line(start: start, keyCount: keyCount, end: bytes.count, offset: offset))
  }

  mutating func add(_ moment: Moment) {
    for write in moment.writes {
      let key = PlaceKey(write.path.steps[...], of: moment.key).bytes
      let value = write.new.map(\.canonicalBytes) ?? []
      add(
        key + Array("\t\(moment.offset)\t".utf8) + value, keyCount: key.count, moment.offset)
      count += 1
    }
  }

  /// Writes what there is as a file that goes up to a cut.
  mutating func finish(at cut: Cut) throws {
    let machine = replayer.machine
    let name = WriteIndexFile.name(of: machine, to: cut)
    guard cut > from, name != replaced else { return }
    let sorted = unsafe bytes.withUnsafeBytes { bytes in
      lines.sorted { a, b in
        let order = unsafe Self.compare(a, b, in: bytes)
        return order == 0 ? a.offset < b.offset : order < 0
      }
    }
    let digests = (from: try snapshots.digest(at: from), to: try snapshots.digest(at: cut))
    let file = WriteIndexFile.encoded(
      sorted.map { bytes[$0.start..<$0.end] }, from: from, to: cut, digests, of: machine)
    try snapshots.files.write(file, name)
    if let replaced { try snapshots.files.remove(replaced) }
    replaced = nil
    from = cut
    bytes.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
  }

  private static func compare(_ a: Line, _ b: Line, in bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    let order = unsafe memcmp(base + a.start, base + b.start, min(a.keyCount, b.keyCount))
    return order == 0 ? a.keyCount - b.keyCount : Int(order)
  }

  func result(from known: Cut) throws -> IndexedWrites {
    let files = try WriteIndexFile.all(of: replayer.machine, snapshots)
    return IndexedWrites(
      cut: files.last?.to ?? 0, before: known, writes: count, files: files.count,
      bytes: try files.reduce(0) {
        try $0 + snapshots.files.size(of: $1.name)
      })
  }
}

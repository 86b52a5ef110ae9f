import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

/// An index of which event wrote which path, so that the last writer is looked up, not replayed.
///
/// It consists of files beside the snapshots, each for the events between two cuts. It is a cache: it may be
/// deleted at any time, in whole or in part, and no answer changes.
struct WriteIndex {
  /// At most this many bytes of it are searched for one path; if there is more, a snapshot is faster.
  static let bytesLimit = 8 << 20

  let snapshots: SnapshotStore
  let machine: MachineDescriptor
  /// Up to here, its files are usable.
  let cut: Cut
  private let last: WriteIndexFile

  /// The index of what was written before a cut, or a part of that; nil where there is none.
  init?(of replayer: Replayer, before cut: Cut, _ work: inout Replayer.Work) {
    guard let snapshots = SnapshotStore(of: replayer.history) else { return nil }
    self.snapshots = snapshots
    machine = replayer.machine
    let files: [(to: Cut, name: String)]
    do { files = try WriteIndexFile.all(of: machine, snapshots) } catch {
      work.ignored.append(.init(.writes, fileName: snapshots.folderName, error))
      return nil
    }
    let beyond = files.firstIndex { $0.to >= cut } ?? files.count - 1
    for file in files.prefix(beyond + 1).reversed() {
      do {
        let opened = try WriteIndexFile(file.name, of: machine, snapshots)
        guard opened.to == file.to, opened.to <= snapshots.end,
          try snapshots.digest(at: opened.to) == opened.toDigest
        else { throw Unusable("it was made of other events than the log has", .mismatch) }
        last = opened
        self.cut = opened.to
        return
      } catch {
        work.ignored.append(.init(.writes, fileName: file.name, error))
      }
    }
    return nil
  }

  /// The files from the last one back, as far as each goes on where the one before it ended.
  private func files() throws -> some Sequence<Result<WriteIndexFile, any Error>> {
    let names = Dictionary(
      try WriteIndexFile.all(of: machine, snapshots).map { ($0.to, $0.name) },
      uniquingKeysWith: { a, _ in a })
    return sequence(first: Result<WriteIndexFile, any Error>.success(last)) { previous in
      guard case .success(let file) = previous, file.from > 0, let name = names[file.from] else {
        return nil
      }
      return Result {
        let next = try WriteIndexFile(name, of: machine, snapshots)
        guard next.to == file.from, next.toDigest == file.fromDigest else {
          throw Unusable("it was made of other events than the one after it", .mismatch)
        }
        return next
      }
    }
  }

  /// The last event before a cut that changed the value at a path, or all of them.
  ///
  /// Nil if this is not known: something needed is missing, or there is more than is worth searching.
  func writes(
    to path: StatePath, of key: String?, before cut: Cut, history: Bool,
    initial: (StatePath) throws -> JSONValue?
  ) throws -> PlaceWrites? {
    let plain = FollowedPlace.plainSteps(of: path)
    var history = PlaceHistory(path: path, isOfLast: !history)
    let place = PlaceKey(plain, of: key)
    let holders = plain.indices.map { PlaceKey(plain[..<$0], of: key) }
    var looked = 0
    for file in try files() {
      let file = try file.get()
      if file.from >= cut { continue }
      looked += file.cost(of: place.subtree)
      guard looked <= Self.bytesLimit else { return nil }
      var records = try file.records(of: place.subtree, before: cut, snapshots)
      for holder in holders {
        records += try file.records(of: holder.range, before: cut, snapshots)
      }
      try history.prepend(records)
      if let known = history.known { return known }
      if file.from == 0 { return try history.fromTheBeginning(initial) }
    }
    return nil
  }
}

/// What was written at a path, as far back as it is known.
private struct PlaceHistory {
  let path: StatePath
  let isOfLast: Bool
  /// What was written at the path, above it or below it, in the order of the log.
  private var writes: [(offset: Offset, steps: [StatePath.Step], value: JSONValue?)] = []

  init(path: StatePath, isOfLast: Bool) {
    self.path = path
    self.isOfLast = isOfLast
  }

  /// Puts records of earlier events before those that are there.
  mutating func prepend(_ records: [WriteRecord]) throws {
    let earlier = try records.map { record in
      guard let steps = record.key.steps else { throw Unusable("it is malformed") }
      return (offset: record.offset, steps: steps, value: record.value)
    }
    writes = earlier.sorted { $0.offset < $1.offset } + writes
  }

  /// The last change, where it is known what was there before it.
  var known: PlaceWrites? {
    let plain = FollowedPlace.plainSteps(of: path)
    guard isOfLast, let first = writes.firstIndex(where: { $0.steps.count <= plain.count }) else {
      return nil
    }
    var place = FollowedPlace(path) { _ in nil }
    _ = place.write(CollectionOfOne((writes[first].steps, writes[first].value)))
    let found = follow(writes[(first + 1)...], from: place)
    return found.writes.isEmpty ? nil : found
  }

  func fromTheBeginning(_ initial: (StatePath) throws -> JSONValue?) rethrows -> PlaceWrites {
    follow(writes[...], from: try FollowedPlace(path, value: initial))
  }

  private func follow(
    _ writes: ArraySlice<(offset: Offset, steps: [StatePath.Step], value: JSONValue?)>,
    from start: FollowedPlace
  ) -> PlaceWrites {
    var place = start
    var found = PlaceWrites()
    var last: Offset?
    var i = writes.startIndex
    while i < writes.endIndex {
      // What one event wrote is written at once.
      let offset = writes[i].offset
      let end = writes[i...].firstIndex { $0.offset != offset } ?? writes.endIndex
      let isChanged = place.write(writes[i..<end].lazy.map { ($0.steps, $0.value) })
      i = end
      guard isChanged else { continue }
      last = offset
      if !isOfLast { found.writes.append(.init(offset: offset, changes: place.lastChanges)) }
    }
    if isOfLast, let last { found.writes = [.init(offset: last, changes: place.lastChanges)] }
    found.value = place.value
    return found
  }
}

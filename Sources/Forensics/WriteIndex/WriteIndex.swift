import EventLog
import Replay

/// Which events wrote at which place, kept so that who wrote something last is looked up, not replayed.
///
/// It lies in files beside the snapshots, each for the events between two cuts. A cache: it may be deleted
/// at any time, in whole or in part, and no answer changes.
struct WriteIndex {
  /// So many bytes of it are looked through for one place; where more is there, a snapshot is faster.
  static let bytesLimit = 8 << 20

  let log: EventLog
  let machine: MachineDescriptor
  /// Up to here, its files are usable.
  let cut: UInt64
  private let last: WriteIndexFile

  /// The index of what was written before a cut, or a part of that; nil where there is none.
  init?(of replayer: Replayer, before cut: UInt64, _ work: inout Replayer.Work) {
    log = replayer.log
    machine = replayer.machine
    let files = WriteIndexFile.all(of: machine, log)
    let beyond = files.firstIndex { $0.to >= cut } ?? files.count - 1
    for file in files.prefix(beyond + 1).reversed() {
      do {
        let opened = try WriteIndexFile(file.name, of: machine, log)
        guard opened.to == file.to, opened.to <= log.end,
          try log.digest(at: opened.to) == opened.toDigest
        else { throw Unusable("it was made of other events than the log has") }
        last = opened
        self.cut = opened.to
        return
      } catch {
        work.ignored.append(Self.ignored(file.name, error))
      }
    }
    return nil
  }

  /// A file that is not used, and what to do about it.
  static func ignored(_ fileName: String, _ error: any Error) -> SnapshotStore.Ignored {
    let reason = "of the index of writes, \(error); evlog index --drop removes it, to be made again"
    return SnapshotStore.Ignored(fileName: fileName, reason: reason)
  }

  /// The files from the last one back, as far as each goes on where the one before it ended.
  private func files() -> some Sequence<Result<WriteIndexFile, any Error>> {
    let names = Dictionary(
      WriteIndexFile.all(of: machine, log).map { ($0.to, $0.name) }, uniquingKeysWith: { a, _ in a }
    )
    return sequence(first: Result<WriteIndexFile, any Error>.success(last)) { previous in
      guard case .success(let file) = previous, file.from > 0, let name = names[file.from] else {
        return nil
      }
      return Result {
        let next = try WriteIndexFile(name, of: machine, log)
        guard next.to == file.from, next.toDigest == file.fromDigest else {
          throw Unusable("it was made of other events than the one after it")
        }
        return next
      }
    }
  }

  /// Who wrote at a place before a cut: the last one that changed it, or all.
  ///
  /// Nil where it is not known: what is needed is missing, or more than is worth looking through.
  func writes(
    to path: StatePath, of key: String?, before cut: UInt64, history: Bool,
    initial: (StatePath) throws -> JSONValue?
  ) throws -> PlaceWrites? {
    // What a step by a member's value leads to depends on the whole array.
    let plain = path.steps.prefix { if case .element = $0 { false } else { true } }
    var history = PlaceHistory(
      place: plain, rest: path.steps[plain.endIndex...], isOfLast: !history)
    let place = PlaceKey(plain, of: key)
    let holders = plain.indices.map { PlaceKey(plain[..<$0], of: key) }
    var looked = 0
    for file in files() {
      let file = try file.get()
      if file.from >= cut { continue }
      looked += file.cost(of: place.subtree)
      guard looked <= Self.bytesLimit else { return nil }
      var records = try file.records(of: place.subtree, before: cut, log)
      for holder in holders { records += try file.records(of: holder.range, before: cut, log) }
      try history.prepend(records)
      if let known = history.known { return known }
      if file.from == 0 { return history.fromTheBeginning(try initial(StatePath(Array(plain)))) }
    }
    return nil
  }
}

/// The values that a place had, as far back as they are known.
private struct PlaceHistory {
  let place: ArraySlice<StatePath.Step>
  /// The steps below, by a member's value and what follows that.
  let rest: ArraySlice<StatePath.Step>
  let isOfLast: Bool
  /// What was written at the place, at what holds it, or in it, in the order of the log.
  private var writes: [(offset: UInt64, isWhole: Bool, value: PlacedValue)] = []

  init(place: ArraySlice<StatePath.Step>, rest: ArraySlice<StatePath.Step>, isOfLast: Bool) {
    self.place = place
    self.rest = rest
    self.isOfLast = isOfLast
  }

  /// Puts records of earlier events before those that are there.
  mutating func prepend(_ records: [WriteRecord]) throws {
    let earlier = try records.map { record in
      guard let steps = record.key.steps else { throw Unusable("it is malformed") }
      if steps.count <= place.count {
        let value = record.value?.at(place.dropFirst(steps.count))
        return (offset: record.offset, isWhole: true, value: PlacedValue([], value))
      }
      let below = PlacedValue(steps.dropFirst(place.count), record.value)
      return (offset: record.offset, isWhole: false, value: below)
    }
    writes = earlier.sorted { $0.offset < $1.offset } + writes
  }

  /// The last change, where it is known what was there before it.
  var known: PlaceWrites? {
    guard isOfLast, let first = writes.firstIndex(where: \.isWhole) else { return nil }
    var value: JSONValue?
    value.write([writes[first].value])
    let found = follow(writes[(first + 1)...], from: value)
    return found.writes.isEmpty ? nil : found
  }

  func fromTheBeginning(_ value: JSONValue?) -> PlaceWrites { follow(writes[...], from: value) }

  private func follow(
    _ writes: ArraySlice<(offset: UInt64, isWhole: Bool, value: PlacedValue)>,
    from start: JSONValue?
  ) -> PlaceWrites {
    var whole = start
    var found = PlaceWrites(value: start?.at(rest))
    var i = writes.startIndex
    while i < writes.endIndex {
      // What one event wrote is written at once.
      let offset = writes[i].offset
      let end = writes[i...].firstIndex { $0.offset != offset } ?? writes.endIndex
      whole.write(writes[i..<end].map(\.value))
      i = end
      let value = whole?.at(rest)
      guard value != found.value else { continue }
      let write = PlaceWrites.Write(offset: offset, old: found.value, new: value)
      if isOfLast { found.writes = [write] } else { found.writes.append(write) }
      found.value = value
    }
    return found
  }
}

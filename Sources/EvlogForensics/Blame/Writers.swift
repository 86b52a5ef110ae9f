import EvlogReplay
import EvlogStore

/// A path of a state at a cut.
struct Place: Hashable {
  let path: StatePath
  let cut: Cut

  init(_ path: StatePath, at cut: Cut) {
    self.path = path
    self.cut = cut
  }
}

/// The value at a path, and its writers.
struct PlaceWrites {
  struct Write {
    let offset: Offset
    let changes: [StateDiff.Change]
  }

  var value: JSONValue?
  /// In the order of the log.
  var writes: [Write] = []
}

extension Replayer {
  /// The last event before its cut that changed the value at each of some paths, or all that ever did.
  ///
  /// All paths belong to the log's state, or to the state of one key. They are looked up in the index, if there
  /// is one; what the index does not know is replayed.
  func writers(
    of places: [Place], key: String?, history: Bool = false, _ work: inout Work
  ) throws -> [PlaceWrites] {
    var found = try indexedWriters(of: places, key: key, history: history, &work)
    let open = places.indices.filter { found[$0] == nil }
    let replayed = try replayedWriters(of: open.map { places[$0] }, key: key, history, &work)
    for (i, writes) in zip(open, replayed) { found[i] = writes }
    return found.map { $0 ?? PlaceWrites() }
  }

  /// What the index knows, and what was written since it was made; nil for paths that it does not know enough
  /// about.
  private func indexedWriters(
    of places: [Place], key: String?, history: Bool, _ work: inout Work
  ) throws -> [PlaceWrites?] {
    var found = [PlaceWrites?](repeating: nil, count: places.count)
    let until = places.map(\.cut).max() ?? 0
    // A single stream is read faster than an index of all.
    guard snapshots != nil, machine.scope != .stream, until > 0,
      let index = WriteIndex(of: self, before: until, &work)
    else { return found }
    let later = places.indices.filter { places[$0].cut > index.cut }
    if !later.isEmpty {
      let writes = try writers(
        of: later.map { places[$0] }, key: key, from: index.cut, to: until,
        in: try execution(at: index.cut, ofKey: key, work: &work), history, &work)
      for (i, writes) in zip(later, writes) { found[i] = writes }
    }
    for (i, place) in places.enumerated() {
      if !history, found[i]?.writes.isEmpty == false { continue }
      do {
        let known = try index.writes(
          to: place.path, of: key, before: min(place.cut, index.cut), history: history,
          initial: { try program.makeHost().value(at: $0, of: key) })
        if known != nil { work.indexedTo = index.cut }
        found[i] = known.map { known in
          PlaceWrites(
            value: found[i].map(\.value) ?? known.value,
            writes: known.writes + (found[i]?.writes ?? []))
        }
      } catch {
        // A file that is damaged, or was removed just now: what it knew is replayed.
        guard error is Unusable || error is EventLogError else { throw error }
        work.ignored.append(.init(.writes, fileName: "the index of writes", error))
        found[i] = nil
      }
    }
    return found
  }

  /// The same by replaying from the last snapshot, then from the one before it, and so on, until each path has
  /// a writer or the log begins. From a snapshot on, paths are followed backwards too: first through the last
  /// events, then through more and more of those before them.
  private func replayedWriters(
    of places: [Place], key: String?, _ history: Bool, _ work: inout Work
  ) throws -> [PlaceWrites] {
    var found = [PlaceWrites?](repeating: nil, count: places.count)
    var open = Array(places.indices)
    var until = places.map(\.cut).max() ?? 0
    while !open.isEmpty {
      let start = history || machine.scope == .stream ? 0 : usableCut(before: until, &work)
      var stretches = try WriterStretches(
        self, from: start, to: until, key: key, isWhole: history, &work)
      repeat {
        guard let (from, to, execution) = try stretches.next() else { break }
        let wanted = open.map { places[$0] }
        let writes = try writers(
          of: wanted, key: key, from: from, to: to, in: execution, history, &work)
        for (i, writes) in zip(open, writes) {
          // What came later than its cut tells nothing of a place.
          if found[i] == nil, places[i].cut >= from { found[i] = writes }
          if !writes.writes.isEmpty { found[i]?.writes = writes.writes }
        }
        open.removeAll { from == 0 || found[$0]?.writes.isEmpty == false }
      } while !open.isEmpty
      until = start
    }
    return found.map { $0 ?? PlaceWrites() }
  }

  /// The cut of the last snapshot before a cut.
  private func usableCut(before cut: Cut, _ work: inout Work) -> Cut {
    guard let snapshots, cut > 0 else { return 0 }
    let (usable, ignored) = snapshots.usable(for: machine, to: cut - 1, atMost: 1)
    work.ignored += ignored
    return usable.last?.cut ?? 0
  }

  /// The same between two cuts; the execution stands at the first.
  private func writers(
    of places: [Place], key: String?, from: Cut, to cut: Cut, in execution: any Host,
    _ history: Bool, _ work: inout Work
  ) throws -> [PlaceWrites] {
    let isOfStream = machine.scope == .stream && key != nil
    // Several cuts of one path are followed once.
    var paths: [StatePath] = []
    var numbers: [StatePath: Int] = [:]
    var placesOfPath: [[Int]] = []
    for (i, place) in places.enumerated() {
      let number = numbers[place.path] ?? paths.count
      if number == paths.count {
        numbers[place.path] = number
        paths.append(place.path)
        placesOfPath.append([])
      }
      placesOfPath[number].append(i)
    }
    var follower = try PlaceFollower(paths, of: key, in: execution)
    var found = [PlaceWrites](repeating: PlaceWrites(), count: places.count)
    // By path, the last event that changed something.
    var lasts = [Offset?](repeating: nil, count: paths.count)
    // Each place has the value at its own cut.
    let placesOfEnd = Dictionary(grouping: places.indices) { max(from, min(places[$0].cut, cut)) }
    var ends = placesOfEnd.keys.sorted()[...]
    func settle(at end: Cut) {
      for i in placesOfEnd[end] ?? [] {
        let path = numbers[places[i].path] ?? 0
        found[i].value = follower.value(path)
        guard !history, let last = lasts[path] else { continue }
        found[i].writes = [.init(offset: last, changes: follower.lastChanges(path))]
      }
    }
    let playhead = Playhead(
      execution, over: self.history, at: from, stream: isOfStream ? key : nil,
      counting: ProgressCounter(progress))
    try playhead.advance(to: cut) { row in
      var events = row
      while let first = events.first {
        while let end = ends.first, end <= first.offset.cutBefore {
          settle(at: end)
          ends.removeFirst()
        }
        let next = events.prefix { $0.offset < (ends.first ?? cut).offsetAfter }
        try follower.follow(next, in: execution) { path, changed, changes in
          lasts[path] = changed
          guard history else { return }
          let write = PlaceWrites.Write(offset: changed, changes: changes())
          for i in placesOfPath[path] where changed < places[i].cut.offsetAfter {
            found[i].writes.append(write)
          }
        }
        events = events[next.endIndex...]
      }
      return true
    }
    work.events += playhead.eventCount
    for end in ends { settle(at: end) }
    return found
  }
}

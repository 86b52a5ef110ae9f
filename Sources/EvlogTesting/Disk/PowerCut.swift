/// What of a disk is there after its power was cut.
///
/// Between two syncs any change may reach the disk or not, in any order and in pieces. A piece is a
/// sector of 512 or 4096 bytes; one that was written several times may have any of its versions. One
/// that did not make it is as it was, or garbage where the write would have been, or, where the file
/// had grown, zeros, garbage, or what a deleted file left there. A file's length, and each name in a
/// folder, survive by themselves; of a rename, the old name or the new.
package enum PowerCut {
  /// The disk after a cut, which a number decides; all of it is stored then.
  package static func cut(_ state: DiskState, seed: UInt64) -> DiskState {
    var generator = SeededGenerator(seed: seed)
    let pending =
      state.files.flatMap { $0.pending.map(\.serial) }
      + state.folders.flatMap { $0.pending.map(\.serial) }
    let fate = Fate(pending, &generator)
    // Each file may have a fate of its own, or all share one.
    let isMixed = generator.oneIn(4)
    var result = DiskState()
    result.boot = state.boot + 1
    var moved: [DiskState.Entry: DiskState.Entry] = [:]
    var waiting: [(from: Int, to: Int)] = [(0, 0)]
    while let (from, to) = waiting.popLast() {
      let folder = state.folders[from]
      let own = isMixed ? Fate(pending, &generator) : fate
      for (name, entry) in survivors(of: folder, own, &generator).sorted(by: { $0.key < $1.key }) {
        if let known = moved[entry] {
          result.folders[to].current[name] = known
          continue
        }
        let new: DiskState.Entry
        switch entry {
        case .file(let i):
          let own = isMixed ? Fate(pending, &generator) : fate
          let garbage = staleBytes(state, beside: i, &generator)
          let bytes = survivors(of: state.files[i], own, garbage: garbage, &generator)
          result.files.append(DiskState.File(current: bytes, stored: bytes))
          new = .file(result.files.count - 1)
        case .folder(let i):
          result.folders.append(DiskState.Folder())
          new = .folder(result.folders.count - 1)
          waiting.append((i, result.folders.count - 1))
        }
        moved[entry] = new
        result.folders[to].current[name] = new
      }
      result.folders[to].stored = result.folders[to].current
    }
    return result
  }

  /// Which of the changes survive, before chance has its say on each piece.
  private enum Fate {
    case none, all
    /// Each piece by itself, so many of 256.
    case each(Int)
    /// Those before a change, that one in part, none after it.
    case before(Int)
    /// Those after a change, and none before it.
    case after(Int)

    init(_ pending: [Int], _ generator: inout SeededGenerator) {
      let some = pending.isEmpty ? 0 : pending[generator.below(pending.count)]
      self =
        switch generator.below(16) {
        case 0: .none
        case 1: .all
        case 2..<6: .before(some)
        case 6..<9: .after(some)
        case 9: .each(240)
        case 10: .each(16)
        default: .each(128)
        }
    }

    /// How many of the versions of one piece, or of a length, made it; the versions' serials ascend.
    func survivingCount(_ serials: [Int], _ generator: inout SeededGenerator) -> Int {
      switch self {
      case .none: 0
      case .all: serials.count
      case .each(let chance):
        generator.below(256) < chance
          ? serials.count : generator.oneIn(2) ? 0 : generator.below(serials.count + 1)
      case .before(let last):
        serials.count { $0 < last || $0 == last && generator.oneIn(2) }
      case .after(let first): (serials.last ?? 0) > first ? serials.count : 0
      }
    }
  }

  // MARK: Names

  private static func survivors(
    of folder: DiskState.Folder, _ fate: Fate, _ generator: inout SeededGenerator
  ) -> [String: DiskState.Entry] {
    let changes = folder.pending
    if changes.isEmpty { return folder.stored }
    var survives = changes.map { fate.survivingCount([$0.serial], &generator) == 1 }
    // A name cannot have its later state without its earlier ones.
    for later in changes.indices.reversed() where survives[later] {
      for earlier in 0..<later where changes[earlier].touches(changes[later]) {
        survives[earlier] = true
      }
    }
    var names = folder.stored
    for (change, isThere) in zip(changes, survives) where isThere { names.apply(change) }
    return names
  }

  // MARK: Bytes

  /// What another file of the disk, deleted perhaps, left in blocks that are used again.
  private static func staleBytes(
    _ state: DiskState, beside file: Int, _ generator: inout SeededGenerator
  ) -> [UInt8] {
    guard state.files.count > 1 else { return [] }
    let other = generator.below(state.files.count)
    return other == file ? [] : state.files[other].current
  }

  static func survivors(
    of file: DiskState.File, garbage: [UInt8], _ generator: inout SeededGenerator
  ) -> [UInt8] {
    survivors(of: file, .each(128), garbage: garbage, &generator)
  }

  private static func survivors(
    of file: DiskState.File, _ fate: Fate, garbage: [UInt8], _ generator: inout SeededGenerator
  ) -> [UInt8] {
    if file.pending.isEmpty { return file.stored }
    let sector = generator.oneIn(2) ? 512 : 4096
    let (size, lastResize) = survivingSize(of: file, fate, &generator)
    let greatest = file.pending.reduce(file.stored.count) { max($0, $1.size) }

    // The versions of each sector, and how many of them made it.
    var serials = [[Int]](repeating: [], count: greatest / sector + 1)
    for change in file.pending {
      for i in sectors(of: change, sector) { serials[i].append(change.serial) }
    }
    let limits = serials.map { $0.isEmpty ? 0 : fate.survivingCount($0, &generator) }
    let noise = Noise(stale: garbage, &generator)

    var bytes = file.stored
    bytes.resize(to: greatest)
    if noise.isAfterTheEnd {
      for i in serials.indices where limits[i] == 0 && !serials[i].isEmpty {
        let start = max(file.stored.count, i * sector)
        let end = min(greatest, (i + 1) * sector)
        if start < end { noise.fill(&bytes, start..<end) }
      }
    }
    var seen = [Int](repeating: 0, count: serials.count)
    for change in file.pending {
      switch change.kind {
      case .resize(let new):
        if change.serial <= lastResize { bytes.resize(to: new) }
        bytes.resize(to: greatest)
      case .write(let position, let data):
        for i in sectors(of: change, sector) {
          seen[i] += 1
          let start = max(position, i * sector)
          let end = min(position + data.count, (i + 1) * sector)
          let part = data[(start - position)..<(end - position)]
          if seen[i] <= limits[i] {
            bytes.put(part, at: start)
          } else if seen[i] == limits[i] + 1 {
            tear(&bytes, at: start, part, noise, &generator)
          }
        }
      }
    }
    bytes.resize(to: size)
    return bytes
  }

  /// What the first write that a sector lost did to it: nothing mostly, else a part or a mess.
  private static func tear(
    _ bytes: inout [UInt8], at start: Int, _ data: ArraySlice<UInt8>, _ noise: Noise,
    _ generator: inout SeededGenerator
  ) {
    if noise.isInFlight, generator.oneIn(3) {
      noise.fill(&bytes, start..<(start + data.count))
    } else if noise.isWithinSectors {
      bytes.put(data.prefix(generator.below(data.count)), at: start)
    }
  }

  private static func sectors(of change: DiskState.FileChange, _ sector: Int) -> Range<Int> {
    guard case .write(let position, let bytes) = change.kind, !bytes.isEmpty else { return 0..<0 }
    return position / sector..<(position + bytes.count - 1) / sector + 1
  }

  /// The length that the file has after the cut, and the serial of the change that gave it.
  private static func survivingSize(
    of file: DiskState.File, _ fate: Fate, _ generator: inout SeededGenerator
  ) -> (size: Int, serial: Int) {
    var last = file.stored.count
    var sizes: [(serial: Int, size: Int)] = []
    for change in file.pending where change.size != last {
      sizes.append((change.serial, change.size))
      last = change.size
    }
    let count = sizes.isEmpty ? 0 : fate.survivingCount(sizes.map(\.serial), &generator)
    return count == 0 ? (file.stored.count, 0) : (sizes[count - 1].size, sizes[count - 1].serial)
  }

  /// What is found where nothing was written.
  private struct Noise {
    /// Where the file had grown.
    let isAfterTheEnd: Bool
    /// Where a write was under way.
    let isInFlight: Bool
    /// Whether a write may stop in the middle of a sector.
    let isWithinSectors: Bool
    private let stale: [UInt8]
    private let seed: UInt64

    init(stale: [UInt8], _ generator: inout SeededGenerator) {
      isAfterTheEnd = generator.oneIn(3)
      isInFlight = generator.oneIn(4)
      isWithinSectors = generator.oneIn(4)
      self.stale = generator.oneIn(2) ? stale : []
      seed = generator.next()
    }

    func fill(_ bytes: inout [UInt8], _ range: Range<Int>) {
      var generator = SeededGenerator(seed: seed &+ UInt64(range.lowerBound))
      for i in range {
        bytes[i] = i < stale.count ? stale[i] : UInt8(truncatingIfNeeded: generator.next())
      }
    }
  }
}

extension PowerCut {
  /// The disk after everything that can be stored was: what was lost on the way shows now.
  package static func settled(_ state: DiskState) -> DiskState {
    var state = state
    for i in state.files.indices {
      state.sync(file: i)
      state.files[i].current = state.files[i].stored
      state.files[i].hasDiverged = false
    }
    for i in state.folders.indices { state.sync(folder: i) }
    return state
  }
}

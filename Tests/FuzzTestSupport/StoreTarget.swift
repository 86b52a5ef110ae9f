import EvlogStore
import EvlogTesting

/// Logs with one changed file: reading, looking up, verifying, opening for writing, going on.
///
/// The first byte says what else is different; the rest is the file, or what is changed in it.
enum StoreTarget {
  private static let sealedName = FuzzLog.first + ".sealed"
  private static let activeName = FuzzLog.first + ".active"
  private static let unpacked = Unpacked(FuzzLog.sealed[sealedName])

  private struct Flags: OptionSet {
    let rawValue: UInt8
    /// The bytes that follow are the file, not changes to one.
    static let isFile = Flags(rawValue: 1)
    static let breaksChain = Flags(rawValue: 2)
    static let hasNoMark = Flags(rawValue: 4)
    /// The checksums stay as they come.
    static let isNotStamped = Flags(rawValue: 8)
    static let isPacked = Flags(rawValue: 16)
    static let isAlone = Flags(rawValue: 32)
  }

  /// Nothing changed, beside each flag, and the files themselves.
  private static func seeds(_ files: [[UInt8]]) -> [[UInt8]] {
    [[0], [2, 70, 0, 3, 1], [4], [16], [32], [36], [48]] + files.map { [1] + $0 }
  }

  @Sendable static func activeSeeds() -> [[UInt8]] { seeds([FuzzLog.active[activeName]]) }

  @Sendable static func sealedSeeds() -> [[UInt8]] {
    seeds([FuzzLog.sealed[sealedName], unpacked?.bytes ?? []])
  }

  @Sendable static func identitySeeds() -> [[UInt8]] {
    seeds([FuzzLog.sealed[FuzzLog.identity] + [0] + FuzzLog.sealed[FuzzLog.mark]])
  }

  @Sendable static func active(_ bytes: [UInt8]) throws {
    try examine(bytes, FuzzLog.active, activeName) { $0.indices }
  }

  @Sendable static func sealed(_ bytes: [UInt8]) throws {
    try examine(bytes, FuzzLog.sealed, sealedName) { $0.indices }
  }

  /// The index of a sealed segment and its trailer, where nothing is compressed.
  @Sendable static func index(_ bytes: [UInt8]) throws {
    try examine(bytes, FuzzLog.sealed, sealedName) { file in
      min(unpacked?.indexStart ?? 64, file.count)..<file.count
    }
  }

  private static func examine(
    _ bytes: [UInt8], _ log: FuzzLog, _ name: String, part: ([UInt8]) -> Range<Int>
  ) throws {
    var input = FuzzInput(bytes)
    let flags = Flags(rawValue: input.byte())
    var log = log
    var file = log[name]
    if name == sealedName, !flags.contains(.isPacked), let unpacked { file = unpacked.bytes }
    file = flags.contains(.isFile) ? input.rest : input.change(file, in: part(file))
    if !flags.contains(.isNotStamped) {
      file = Restamp.segment(file, linksFrames: !flags.contains(.breaksChain))
    }
    log[name] = file
    if flags.contains(.hasNoMark) { log.remove(FuzzLog.mark) }
    if flags.contains(.isAlone) {
      for other in log.files.keys where other.hasPrefix("/log/segments/") && other != name {
        log.remove(other)
      }
    }
    try LogExamination(try log.disk()).examine()
  }

  /// `EVLOG` and, after a zero byte, `DURABLE`; or changes to the one or the other.
  @Sendable static func identity(_ bytes: [UInt8]) throws {
    var input = FuzzInput(bytes)
    let flags = Flags(rawValue: input.byte())
    var log = FuzzLog.sealed
    if flags.contains(.isFile) {
      let parts = input.rest.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
      log[FuzzLog.identity] = parts.first.map(Array.init) ?? []
      if parts.count > 1 { log[FuzzLog.mark] = Array(parts[1]) }
    } else {
      let name = flags.contains(.isPacked) ? FuzzLog.identity : FuzzLog.mark
      log[name] = input.change(log[name], in: log[name].indices)
    }
    if !flags.contains(.isNotStamped) {
      log[FuzzLog.identity] = Restamp.identity(log[FuzzLog.identity])
      log[FuzzLog.mark] = Restamp.mark(log[FuzzLog.mark])
    }
    if flags.contains(.hasNoMark) { log.remove(FuzzLog.mark) }
    try LogExamination(try log.disk()).examine()
  }
}

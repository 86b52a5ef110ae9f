import SystemPackage

/// The file `DURABLE`: how far the log is known to be on disk.
///
/// The writer puts it there after each sync, without syncing it: readers in other processes see it
/// at once and never go past it. After a power cut it may be older than the truth, never newer.
struct DurableMark: Sendable, Equatable {
  static let byteCount = 64
  static let magic: [UInt8] = Array("EVLOGDUR".utf8)

  var store: StoreID
  /// The log's end: every event before it is on disk.
  var end: Offset
  /// The first offset of the segment that takes the next append.
  var activeBase: Offset
  /// A write or a sync failed: what lies past `end` was never acknowledged and is not to be trusted.
  var isPoisoned: Bool
  /// The boot of the system that wrote this; see ``Kernel/boot``.
  ///
  /// While that system runs, no process can see an older mark than the last one written. So what lies past
  /// `end` was never acknowledged; and it may be in memory only, because a sync failed.
  var boot: UInt64 = 0

  func encoded() -> [UInt8] {
    var bytes: [UInt8] = []
    encode(to: &bytes)
    return bytes
  }

  /// Writes the mark over an earlier one of the same log, or over nothing: one comes with each sync.
  func encode(to bytes: inout [UInt8]) {
    if bytes.isEmpty {
      bytes = Self.magic + store.bytes
      bytes.append(contentsOf: [UInt8](repeating: 0, count: Self.byteCount - bytes.count))
    }
    bytes.storeLittleEndian(UInt64(end), at: 24)
    bytes.storeLittleEndian(UInt64(activeBase), at: 32)
    bytes.storeLittleEndian(UInt64(isPoisoned ? 1 : 0), at: 40)
    bytes.storeLittleEndian(boot, at: 48)
    bytes.storeLittleEndian(CRC32C.checksum(bytes.span.extracting(first: 60)), at: 60)
  }

  init(store: StoreID, end: Offset, activeBase: Offset, isPoisoned: Bool, boot: UInt64 = 0) {
    self.store = store
    self.end = end
    self.activeBase = activeBase
    self.isPoisoned = isPoisoned
    self.boot = boot
  }

  /// Nil where the bytes are not a whole mark: then nothing is known, which is safe.
  init?(decoding bytes: [UInt8]) {
    guard bytes.count >= Self.byteCount, bytes.starts(with: Self.magic),
      CRC32C.checksum(bytes[..<60]) == bytes.loadLittleEndian(UInt32.self, at: 60)
    else { return nil }
    store = StoreID(bytes: Array(bytes[8..<24]))
    end = Offset(bytes.loadLittleEndian(UInt64.self, at: 24))
    activeBase = Offset(bytes.loadLittleEndian(UInt64.self, at: 32))
    isPoisoned = bytes.loadLittleEndian(UInt64.self, at: 40) != 0
    boot = bytes.loadLittleEndian(UInt64.self, at: 48)
    guard end <= Limits.lastOffset, activeBase <= Limits.lastOffset else { return nil }
  }

  /// Whether it is as new as it can be: written since the system was started.
  func isCurrent(_ system: SystemCalls) -> Bool { boot != 0 && boot == system.kernel.boot }

  /// The mark of a log, or nil where there is none that can be used.
  ///
  /// A reader may meet the writer in the middle of writing it, so a bad checksum is read again.
  static func read(_ file: File, store: StoreID) throws(EventLogError) -> DurableMark? {
    for _ in 0..<100 {
      let bytes = try file.read(at: 0, count: byteCount)
      if let mark = DurableMark(decoding: bytes) { return mark.store == store ? mark : nil }
      if bytes.count < byteCount { return nil }
    }
    return nil
  }
}

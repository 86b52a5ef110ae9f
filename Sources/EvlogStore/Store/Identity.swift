import SystemPackage

/// The file `EVLOG`: what makes a folder a log. Written once, as a whole, and never changed.
struct Identity: Sendable, Equatable {
  static let magic = "EVLOG"
  static let formatVersion = Int(SegmentHeader.plainFormat)
  static let oldestReadable = 3
  /// Segments of a newer format than the log's own may be in it.
  static let newestReadable = Int(SegmentHeader.newestFormat)

  let store: StoreID
  let segmentBytes: UInt64

  /// Text, so that a person who finds the folder learns what it is.
  func encoded() -> [UInt8] {
    var text = "\(Self.magic) an event log; see FORMAT.md of evlog\n"
    text += "format \(Self.formatVersion)\n"
    text += "minimum-reader \(Self.formatVersion)\n"
    text += "store \(store)\n"
    text += "segment-bytes \(segmentBytes)\n"
    let checksum = CRC32C.checksum(Array(text.utf8))
    return Array((text + "checksum \(String(checksum, radix: 16))\n").utf8)
  }

  init(store: StoreID, segmentBytes: UInt64) {
    self.store = store
    self.segmentBytes = segmentBytes
  }

  init(decoding bytes: [UInt8], file: FilePath) throws(EventLogError) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix(Self.magic + " ") else {
      throw EventLogError(
        .notAStore, "This is not the identity file of an event log", file: file,
        advice:
          "If the folder was a log, restore this file from a backup; else name another folder.")
    }
    let lines = text.split(separator: "\n")
    func value(_ key: String) -> Substring? {
      lines.first { $0.hasPrefix(key + " ") }?.dropFirst(key.count + 1)
    }
    if let minimum = value("minimum-reader").flatMap({ Int($0) }), minimum > Self.newestReadable {
      throw EventLogError(
        .newerFormat,
        "The log needs a reader of format \(minimum); this is \(Self.newestReadable)", file: file,
        advice: "Use a newer evlog.")
    }
    let covered = lines.dropLast().map { $0 + "\n" }.joined()
    guard let checksum = value("checksum").flatMap({ UInt32($0, radix: 16) }),
      checksum == CRC32C.checksum(Array(covered.utf8)),
      let store = value("store"), store.utf8.count == 32,
      store.utf8.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let segmentBytes = value("segment-bytes").flatMap({ UInt64($0) })
    else { throw EventLogError.damaged("The identity file is damaged", file: file) }
    if let format = value("format").flatMap({ Int($0) }), format < Self.oldestReadable {
      throw EventLogError(
        .olderFormat, "The log has format \(format), which this evlog no longer reads", file: file,
        advice: "Export its events with the evlog that wrote it, and import them.")
    }
    let digits = Array(store)
    self.store = StoreID(
      bytes: (0..<16).compactMap { UInt8(String(digits[($0 * 2)...($0 * 2 + 1)]), radix: 16) })
    self.segmentBytes = segmentBytes
  }
}

import SystemPackage

/// The file `TRUNCATE`: that the log is to end at a cut, decided and perhaps not yet done.
///
/// It is written as a whole once everything that it needs is on disk, and removed when all is done. If the log
/// is opened for writing in between, that finishes what it says.
struct TruncationIntent: Sendable, Equatable {
  static let magic = "EVLOG"

  var store: StoreID
  /// Where the log ends.
  var cut: Cut
  /// The first offset of the segment in which the cut is, which is then the last one.
  var base: Offset
  /// The salt of the new file of that segment, which distinguishes it from the old one.
  var salt: UInt64

  /// Text, so that a person who finds the file learns what it is.
  func encoded() -> [UInt8] {
    var text = "\(Self.magic) a truncation under way; see FORMAT.md of evlog\n"
    text += "store \(store)\n"
    text += "cut \(cut)\n"
    text += "base \(base)\n"
    text += "salt \(String(salt, radix: 16))\n"
    let checksum = CRC32C.checksum(Array(text.utf8))
    return Array((text + "checksum \(String(checksum, radix: 16))\n").utf8)
  }

  init(store: StoreID, cut: Cut, base: Offset, salt: UInt64) {
    self.store = store
    self.cut = cut
    self.base = base
    self.salt = salt
  }

  init(decoding bytes: [UInt8], store: StoreID, file: FilePath) throws(EventLogError) {
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    func value(_ key: String, radix: Int = 10) -> UInt64? {
      lines.first { $0.hasPrefix(key + " ") }.flatMap {
        UInt64($0.dropFirst(key.utf8.count + 1), radix: radix)
      }
    }
    let covered = lines.dropLast().map { $0 + "\n" }.joined()
    guard bytes.starts(with: Array("\(Self.magic) ".utf8)),
      value("checksum", radix: 16) == UInt64(CRC32C.checksum(Array(covered.utf8))),
      let cut = value("cut"), let base = value("base"), let salt = value("salt", radix: 16)
    else { throw EventLogError.damaged("The note of a truncation is damaged", file: file) }
    guard lines.contains("store \(store)") else {
      throw EventLogError(
        .foreign, "The note of a truncation belongs to another log", file: file,
        advice: "Move it out of the folder.")
    }
    self.init(store: store, cut: Cut(cut), base: Offset(base), salt: salt)
  }
}

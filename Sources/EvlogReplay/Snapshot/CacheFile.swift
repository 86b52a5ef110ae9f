package import EvlogJSON
package import EvlogMachine
package import EvlogStore

/// A file that can be made again: a line that says what it is, a line of JSON, a body in LZ4, and a
/// digest of it all.
package struct CacheFile {
  static let formatVersion = 1

  /// Eight letters that say what the file is.
  let magic: String
  var header: [(String, JSONValue)]
  var body: [UInt8]

  package init(_ magic: String, _ header: [(String, JSONValue)], body: [UInt8]) {
    self.magic = magic
    self.header = header
    self.body = body
  }

  package func encoded() -> [UInt8] {
    let stored = LZ4.stored(body)
    let counts: [(String, JSONValue)] = [
      ("savedBytes", .int(body.count)), ("storedBytes", .int(stored.count)),
    ]
    var bytes = Array("\(magic) \(Self.formatVersion)\n".utf8)
    bytes += JSONValue.object(JSONObject(header + counts)).canonicalBytes
    bytes.append(0x0A)
    bytes += stored
    bytes += Array("\(Digest(of: bytes))".utf8)
    return bytes
  }

  /// What a file holds. Throws `Unusable` with the reason where it is not whole.
  package static func decode(_ bytes: [UInt8], _ magic: String, named name: String)
    throws(Unusable) -> (header: JSONValue, body: [UInt8])
  {
    let first = Array("\(magic) \(formatVersion)\n".utf8)
    guard bytes.starts(with: Array(magic.utf8)) else {
      throw Unusable("it is not \(name)")
    }
    guard bytes.starts(with: first) else {
      throw Unusable("it is of another format version", .mismatch)
    }
    guard bytes.count > first.count + 32,
      let digest = Digest(String(decoding: bytes.suffix(32), as: UTF8.self)),
      digest == Digest(of: bytes.span.extracting(droppingLast: 32)),
      let newline = bytes[first.count...].firstIndex(of: 0x0A),
      let header = JSONValue(validating: bytes[first.count..<newline]),
      let savedBytes = header["savedBytes"]?.integer(Int.self),
      let storedBytes = header["storedBytes"]?.integer(Int.self),
      storedBytes == bytes.count - newline - 33,
      let body = LZ4.raw(bytes[(newline + 1)..<(bytes.count - 32)], rawCount: savedBytes)
    else { throw Unusable("it is damaged") }
    return (header, body)
  }
}

/// Why a file is not a cache that can be used.
package struct Unusable: Error, CustomStringConvertible {
  package let description: String
  package let cause: SnapshotStore.Ignored.Cause

  package init(_ description: String, _ cause: SnapshotStore.Ignored.Cause = .unreadable) {
    self.description = description
    self.cause = cause
  }

  package static func unidentified(_ machine: MachineDescriptor, _ reason: String) -> Unusable {
    Unusable("nothing can be cached for the machine '\(machine.name)': \(reason)")
  }
}

extension MachineDescriptor {
  /// The beginning of the names of a machine's cache files.
  package func cacheName(_ fingerprint: Digest, at cut: Cut) -> String {
    let digits = String(cut)
    let letters = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    return "\(letters.isEmpty ? "machine" : letters.prefix(40).description)"
      + "-\("\(fingerprint)".prefix(16))"
      + "-\(String(repeating: "0", count: 20 - digits.utf8.count))\(digits)"
  }
}

/// A cache file of a machine at a cut, by its name alone.
package struct CacheName: Sendable, Hashable {
  /// How the names of the verdicts that scans keep end, those of what is known of other runs, and those of indexes
  /// of writes.
  package static let verdicts = ".verdicts"
  package static let runs = ".runs"
  package static let writes = ".writes"

  package let cut: Cut
  /// The first digits of the fingerprint.
  let fingerprint: String

  package init?(_ fileName: String, suffix: String) {
    // From the end, for a machine's name is the first part. Folders of many are gone through often.
    let dash = UInt8(ascii: "-")
    let name = fileName.utf8
    guard fileName.hasSuffix(suffix), let last = name.lastIndex(of: dash),
      let first = name[..<last].lastIndex(of: dash), first > name.startIndex,
      let cut = Cut(fileName[name.index(after: last)...].dropLast(suffix.count))
    else { return nil }
    self.cut = cut
    fingerprint = String(fileName[name.index(after: first)..<last])
  }

  package func belongs(to fingerprint: Digest) -> Bool {
    self.fingerprint == "\(fingerprint)".prefix(16)
  }
}

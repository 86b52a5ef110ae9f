import EvlogCore
import EvlogJSON
import EvlogReplay
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The clocks and the order of a group in a file, so that its events need not be read again. Deleting it changes no
/// answer: it holds only for the same events and rules.
struct GroupCache {
  private static let magic = "evlogcut"
  let path: FilePath

  /// What identifies the events and the rules; nil if a history of the group has no identity.
  private static func key(of group: LogGroup) throws -> String? {
    var parts: [String] = ["\(group.order)", "\(group.dangling)"] + group.edges.map(\.description)
    for member in group.members {
      guard let id = member.history.historyID else { return nil }
      let end = member.history.end
      parts.append(
        "\(member.name) \(id) \(member.stream ?? "") \(end) \(try member.history.digest(at: end))")
    }
    return "\(Digest(of: Array(parts.joined(separator: "\n").utf8)))"
  }

  /// What was kept; nil if there is nothing. Throws the reason if it cannot be used.
  func read(for group: LogGroup) throws -> CausalReading? {
    guard let key = try Self.key(of: group) else { return nil }
    var bytes: [UInt8] = []
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: [.noFollow])
      bytes = try file.closeAfter {
        let size = try file.seek(offset: 0, from: .end)
        return try unsafe [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
          while count < buffer.count {
            let got = try unsafe file.read(
              fromAbsoluteOffset: Int64(count),
              into: UnsafeMutableRawBufferPointer(
                rebasing: UnsafeMutableRawBufferPointer(buffer)[count...]))
            if got == 0 { break }
            count += got
          }
        }
      }
    } catch Errno.noSuchFileOrDirectory { return nil }
    let (header, body) = try CacheFile.decode(bytes, Self.magic, named: "a cache of a group")
    guard header["key"]?.stringValue == key else {
      throw Unusable("it is of other events or rules", .mismatch)
    }
    var archive = Unarchiver(body)
    return try CausalReading(&archive, names: group.names)
  }

  /// Keeps what was read. Throws the reason if that is not possible.
  func write(_ reading: CausalReading, of group: LogGroup) throws {
    guard let key = try Self.key(of: group) else { return }
    var archive = Archiver()
    reading.archive(to: &archive)
    let bytes = CacheFile(Self.magic, [("key", .string(key))], body: archive.bytes).encoded()
    // Another process may write it at the same time.
    let temporary = FilePath("\(path).\(UInt32.random(in: .min ... .max)).tmp")
    let file = try FileDescriptor.open(
      temporary, .writeOnly, options: [.create, .exclusiveCreate],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    do {
      try file.closeAfter { _ = try file.writeAll(bytes) }
      guard
        unsafe temporary.withPlatformString({ from in
          unsafe path.withPlatformString { to in unsafe rename(from, to) }
        }) == 0
      else { throw Errno(rawValue: errno) }
    } catch {
      // The reason for the failure is what matters.
      _ = unsafe temporary.withPlatformString { unsafe unlink($0) }
      throw error
    }
  }
}

/// What is known of a group once its events were read.
struct CausalReading {
  let order: CausalOrder
  let messages: Messages?
  let holeCount: UInt64
  let contradictions: Contradictions
  let offsets: [[Offset]?]
}

// MARK: - In bytes

/// Numbers one after another.
struct Archiver {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ number: UInt64) { bytes.appendVarint(number) }
  mutating func put(_ text: String) { bytes.appendString(text) }

  mutating func put<T: FixedWidthInteger & UnsignedInteger>(_ numbers: [T]) {
    put(UInt64(numbers.count))
    for number in numbers { bytes.appendLittleEndian(number) }
  }

  mutating func put(_ event: CausalEvent) {
    put(UInt64(event.line))
    put(UInt64(event.offset))
  }
}

/// Reads what an ``Archiver`` wrote. Throws `ByteReader.Malformed` if it is not that.
struct Unarchiver {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private mutating func read<R>(_ body: (inout ByteReader) throws -> R) rethrows -> R {
    var reader = ByteReader(bytes.span, from: position)
    defer { position = reader.position }
    return try body(&reader)
  }

  mutating func number() throws -> UInt64 { try read { try $0.varint() } }
  mutating func text() throws -> String { try read { try $0.string() } }

  mutating func numbers<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(_: T.Type) throws
    -> [T]
  {
    let count = Int(try number())
    return try read { reader in
      var numbers: [T] = []
      numbers.reserveCapacity(min(count, reader.remaining))
      for _ in 0..<count { numbers.append(try reader.littleEndian(T.self)) }
      return numbers
    }
  }

  mutating func event() throws -> CausalEvent {
    CausalEvent(line: Int(try number()), offset: Offset(try number()))
  }
}

extension CausalReading {
  func archive(to archive: inout Archiver) {
    order.causality.archive(to: &archive)
    order.archive(to: &archive)
    archive.put(messages == nil ? 0 : 1)
    messages?.archive(to: &archive)
    archive.put(holeCount)
    contradictions.archive(to: &archive)
    for list in offsets {
      archive.put(list == nil ? 0 : 1)
      if let list { archive.put(list.map(\.rawValue)) }
    }
  }

  init(_ archive: inout Unarchiver, names: [String]) throws {
    let causality = try Causality(&archive, names: names)
    order = try CausalOrder(&archive, of: causality)
    messages = try archive.number() == 0 ? nil : Messages(&archive, lines: causality.lines)
    holeCount = try archive.number()
    contradictions = try Contradictions(&archive)
    offsets = try names.map { _ in
      try archive.number() == 0 ? nil : try archive.numbers(UInt64.self).map { Offset($0) }
    }
  }
}

extension Causality {
  func archive(to archive: inout Archiver) {
    archive.put(counts)
    for number in statistics.numbers { archive.put(number) }
    archive.put(learners.words)
    archive.put(rowStarts.map { UInt64($0) })
    archive.put(clocks)
    archive.put(causeStarts)
    archive.put(causes.offsets)
    archive.put(causes.lines)
  }

  init(_ archive: inout Unarchiver, names: [String]) throws {
    self.names = names
    counts = try archive.numbers(UInt32.self)
    lines = zip(names, counts).map { CausalLine($0, end: Cut(UInt64($1))) }
    statistics = CausalityStatistics(
      numbers: try CausalityStatistics().numbers.map { _ in try archive.number() })
    learners = RankedPositions(counts: counts, words: try archive.numbers(UInt64.self))
    rowStarts = try archive.numbers(UInt64.self).map { Int($0) }
    clocks = try archive.numbers(UInt32.self)
    causeStarts = try archive.numbers(UInt32.self)
    causes = CauseList(
      offsets: try archive.numbers(UInt32.self), lines: try archive.numbers(UInt16.self))
  }
}

extension CausalityStatistics {
  fileprivate var numbers: [UInt64] {
    [events, edges, effects, atomicGroups, atomicEvents, danglingReferences, learners, mutualPairs]
  }

  fileprivate init(numbers: [UInt64]) {
    (events, edges, effects, atomicGroups) = (numbers[0], numbers[1], numbers[2], numbers[3])
    (atomicEvents, danglingReferences) = (numbers[4], numbers[5])
    (learners, mutualPairs) = (numbers[6], numbers[7])
  }
}

extension Messages {
  func archive(to archive: inout Archiver) {
    archive.put(UInt64(all.count))
    for message in all {
      archive.put(message.id)
      archive.put(message.send)
      archive.put(message.receive == nil ? 0 : 1)
      if let receive = message.receive { archive.put(receive) }
    }
    archive.put(UInt64(unsent.count))
    for id in unsent { archive.put(id) }
  }

  init(_ archive: inout Unarchiver, lines: [CausalLine]) throws {
    let all = try (0..<(try archive.number())).map { _ in
      Message(
        id: try archive.text(), send: try archive.event(),
        receive: try archive.number() == 0 ? nil : try archive.event())
    }
    self.init(lines, all, unsent: try (0..<(try archive.number())).map { _ in try archive.text() })
  }
}

extension Contradictions {
  func archive(to archive: inout Archiver) {
    archive.put(count)
    guard let first else { return }
    archive.put(first.cause)
    archive.put(first.effect)
  }

  init(_ archive: inout Unarchiver) throws {
    self.init()
    count = try archive.number()
    guard count > 0 else { return }
    first = CrossingEdge(
      cause: try archive.event(), effect: try archive.event(), isAtomic: false)
  }
}

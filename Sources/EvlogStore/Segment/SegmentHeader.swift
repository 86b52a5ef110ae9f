import SystemPackage

/// The 64 bytes with which every segment file begins.
struct SegmentHeader: Sendable, Equatable {
  enum Kind: UInt8 {
    case active = 1
    case sealed = 2
  }

  static let byteCount = 64
  static let magic: [UInt8] = Array("EVLOGSEG".utf8)
  /// The format of a segment in which no event has more than one cause, and that of any other.
  static let plainFormat: UInt16 = 3
  static let severalCausesFormat: UInt16 = 4
  /// That of sealed segments, whose payloads are in pages.
  static let pagesFormat: UInt16 = 5
  /// The newest that is read.
  static let newestFormat = pagesFormat

  var kind: Kind
  var store: StoreID
  /// The offset of the segment's first event, which is also the file's name.
  var baseOffset: Offset
  /// A random number that ties every checksum in the file to this file.
  var salt: UInt64
  var createdAt: Timestamp
  /// The header checksum of the last frame of the previous segment, 0 in the first: the chain.
  var previousFrame: UInt32
  /// The lowest format that a reader must know; also the one that is written as the file's own.
  var format = Self.plainFormat

  func encoded() -> [UInt8] {
    var bytes = Self.magic
    bytes.appendLittleEndian(format)
    bytes.appendLittleEndian(format)
    bytes.append(kind.rawValue)
    bytes.append(contentsOf: [0, 0, 0])
    bytes.append(contentsOf: store.bytes)
    bytes.appendLittleEndian(UInt64(baseOffset))
    bytes.appendLittleEndian(salt)
    bytes.appendLittleEndian(UInt64(bitPattern: createdAt.nanoseconds))
    bytes.appendLittleEndian(previousFrame)
    bytes.appendLittleEndian(CRC32C.checksum(bytes))
    return bytes
  }

  enum Problem: Error {
    case incomplete, notASegment, badChecksum
    case newer(UInt16)
    case unknownKind(UInt8)
  }

  init(
    kind: Kind, store: StoreID, baseOffset: Offset, salt: UInt64, createdAt: Timestamp,
    previousFrame: UInt32, format: UInt16 = Self.plainFormat
  ) {
    self.format = format
    self.kind = kind
    self.store = store
    self.baseOffset = baseOffset
    self.salt = salt
    self.createdAt = createdAt
    self.previousFrame = previousFrame
  }

  init(decoding bytes: [UInt8]) throws(Problem) {
    guard bytes.count >= Self.byteCount else { throw .incomplete }
    guard bytes.starts(with: Self.magic) else { throw .notASegment }
    guard
      CRC32C.checksum(bytes[..<60]) == bytes.loadLittleEndian(UInt32.self, at: 60)
    else { throw .badChecksum }
    let minimum = bytes.loadLittleEndian(UInt16.self, at: 10)
    guard minimum <= Self.newestFormat else { throw .newer(minimum) }
    guard let kind = Kind(rawValue: bytes[12]) else { throw .unknownKind(bytes[12]) }
    self.init(
      kind: kind, store: StoreID(bytes: Array(bytes[16..<32])),
      baseOffset: Offset(bytes.loadLittleEndian(UInt64.self, at: 32)),
      salt: bytes.loadLittleEndian(UInt64.self, at: 40),
      createdAt: Timestamp(
        nanoseconds: Int64(bitPattern: bytes.loadLittleEndian(UInt64.self, at: 48))),
      previousFrame: bytes.loadLittleEndian(UInt32.self, at: 56),
      format: max(minimum, Self.plainFormat))
  }
}

extension SegmentHeader {
  /// Reads and checks the header of a segment file.
  static func read(_ file: File, store: StoreID, kind: Kind) throws(EventLogError) -> SegmentHeader
  {
    let header: SegmentHeader
    do {
      header = try SegmentHeader(decoding: try file.read(at: 0, count: byteCount))
    } catch let problem as Problem {
      if case .newer(let version) = problem {
        throw EventLogError(
          .newerFormat, "The segment needs a reader of format \(version)", file: file.path,
          advice: "Use a newer evlog.")
      }
      throw EventLogError.damaged("The segment's header is damaged", file: file.path, byte: 0)
    } catch let error as EventLogError {
      throw error
    } catch {
      throw EventLogError.damaged("The segment's header is damaged", file: file.path, byte: 0)
    }
    guard header.store == store else {
      throw EventLogError(
        .foreign, "The segment belongs to another log (\(header.store))", file: file.path,
        advice: "Move it out of the folder.")
    }
    guard header.kind == kind else {
      throw EventLogError.damaged("The segment is of another kind than its name", file: file.path)
    }
    return header
  }
}

import EvlogCore
import EvlogJSON
import EvlogReplay
import EvlogStore

/// The parts of sealed segments, kept beside the log. Deleting them changes no answer.
struct TileCache: Sendable {
  private static let magic = "EVLOGTIL"
  private static let suffix = ".tiles"

  let log: EventLog

  init(_ log: EventLog) { self.log = log }

  private func name(_ offsets: Range<Offset>) -> String {
    let digits = "\(offsets.lowerBound)"
    return "segment-" + String(repeating: "0", count: 20 - digits.utf8.count) + digits + Self.suffix
  }

  /// The part of a sealed segment, with the numbers that names have in a table; nil where none is kept that belongs
  /// to these events.
  func part(of offsets: Range<Offset>, _ names: inout FacetNames) -> TilePart? {
    // What cannot be read is counted again.
    guard let bytes = try? log.caches.read(name(offsets)),
      let (header, body) = try? CacheFile.decode(bytes, Self.magic, named: "a tile"),
      header["log"]?.stringValue == "\(log.id)",
      header["first"]?.integer(Offset.self) == offsets.lowerBound,
      header["end"]?.integer(Offset.self) == offsets.upperBound,
      let digest = try? log.digest(at: offsets.upperBound.cutBefore),
      header["digest"]?.stringValue == "\(digest)"
    else { return nil }
    let known = names
    // The same: a body of another shape is of no use.
    guard let part = try? Self.decoded(header, body, offsets, &names) else {
      names = known
      return nil
    }
    return part
  }

  func save(_ part: TilePart, _ names: FacetNames) throws {
    let header: [(String, JSONValue)] = [
      ("log", .string("\(log.id)")), ("first", .int(part.offsets.lowerBound)),
      ("end", .int(part.offsets.upperBound)),
      ("digest", .string("\(try log.digest(at: part.offsets.upperBound.cutBefore))")),
      ("shift", .int(part.shift)), ("low", .int(part.times.lowerBound)),
      ("high", .int(part.times.upperBound)),
      (
        "names",
        .array(
          Facet.allCases.map { facet in
            .array(part.counts[facet.rawValue].names.map { .string(names.name(facet, $0)) })
          })
      ),
      ("others", .array(part.counts.map { .bool($0.hasOthers) })),
    ]
    let file = CacheFile(Self.magic, header, body: Self.encoded(part))
    try log.caches.write(file.encoded(), name(part.offsets))
  }

  private static func encoded(_ part: TilePart) -> [UInt8] {
    var bytes: [UInt8] = []
    for times in part.rowTimes {
      bytes.appendVarint(UInt64(times.lowerBound - part.times.lowerBound))
      bytes.appendVarint(UInt64(times.upperBound - times.lowerBound))
    }
    for counts in part.counts {
      for sums in [counts.rows, counts.buckets] {
        bytes.appendVarint(UInt64(sums.count / counts.width - 1))
        for i in sums.indices.dropFirst(counts.width) {
          bytes.appendVarint(UInt64(sums[i] - sums[i - counts.width]))
        }
      }
    }
    return bytes
  }

  private static func decoded(
    _ header: JSONValue, _ body: [UInt8], _ offsets: Range<Offset>, _ table: inout FacetNames
  ) throws -> TilePart {
    guard let shift = header["shift"]?.integer(Int.self), (0..<64).contains(shift),
      let low = header["low"]?.integer(Int64.self), let high = header["high"]?.integer(Int64.self),
      low <= high, let names = header["names"]?.arrayValue, names.count == Facet.allCases.count,
      let others = header["others"]?.arrayValue, others.count == names.count
    else { throw Unusable("its header is of another shape") }
    var reader = ByteReader(body.span)
    let row = TilePart.rowLength
    let rowCount =
      (UInt64(offsets.upperBound) - 1) / row - UInt64(offsets.lowerBound) / row + 1
    var times: [ClosedRange<Int64>] = []
    for _ in 0..<rowCount {
      let start = low &+ Int64(bitPattern: try reader.varint())
      let end = start &+ Int64(bitPattern: try reader.varint())
      guard start >= low, end >= start, end <= high else {
        throw Unusable("its times are of another segment")
      }
      times.append(start...end)
    }
    let bucketCount = UInt64((high >> Int64(shift)) - (low >> Int64(shift))) + 1
    var counts: [TilePart.Counts] = []
    for facet in Facet.allCases {
      let own = names[facet.rawValue].arrayValue?.compactMap(\.stringValue) ?? []
      let width = own.count + 1
      var lists: [[UInt32]] = []
      for expected in [rowCount, bucketCount] {
        guard try reader.varint() == expected, expected * UInt64(width) < 1 << 28 else {
          throw Unusable("its sums are of another segment")
        }
        var sums = [UInt32](repeating: 0, count: width)
        sums.reserveCapacity((Int(expected) + 1) * width)
        for i in 0..<Int(expected) * width {
          sums.append(sums[i] &+ UInt32(truncatingIfNeeded: try reader.varint()))
        }
        guard sums.suffix(width).reduce(UInt64(0), { $0 + UInt64($1) }) == UInt64(offsets.count)
        else { throw Unusable("its sums are of another segment") }
        lists.append(sums)
      }
      counts.append(
        TilePart.Counts(
          names: own.map { table.number(facet, $0) },
          hasOthers: others[facet.rawValue] == .bool(true), rows: lists[0], buckets: lists[1]))
    }
    guard reader.isAtEnd else { throw Unusable("it is longer than its segment") }
    return TilePart(
      offsets: offsets, rowTimes: times, times: low...high, shift: shift, counts: counts)
  }
}

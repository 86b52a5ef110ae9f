#if Postgres
  import CPostgres
  import EvlogCore
  import EvlogSources

  /// What the text of a value means, by the type of its column.
  enum PostgresValue {
    case boolean, number, json, bytes
    /// With a zone, which is UTC, and without one.
    case time(hasZone: Bool)
    /// All else: as the server writes it.
    case text

    /// The type of a number that may stand for a large object.
    static let oid: Oid = 26

    /// The numbers of the types are fixed (`pg_type.dat`).
    init(type: Oid) {
      self =
        switch type {
        case 16: .boolean
        case 20, 21, 23, 26, 700, 701, 1700, 5069: .number
        case 114, 3802: .json
        case 17: .bytes
        case 1114: .time(hasZone: false)
        case 1184: .time(hasZone: true)
        default: .text
        }
    }

    func add(_ value: Span<UInt8>, to row: inout TableRow) {
      switch self {
      case .boolean: row.add(.json, value[0] == UInt8(ascii: "t") ? "true" : "false")
      case .number:
        // What is no number, such as NaN, is a text.
        let last = value[value.count - 1]
        row.add((0x30...0x39).contains(last) ? .json : .text, value)
      case .json: row.add(.json, value)
      case .bytes: row.add(.bytes, Self.bytes(value).span)
      case .time(let hasZone): row.add(.text, Self.time(value, hasZone: hasZone).span)
      case .text: row.addText(value)
      }
    }

    /// `\xC0FE` as two bytes.
    private static func bytes(_ value: Span<UInt8>) -> [UInt8] {
      func digit(_ byte: UInt8) -> UInt8 { byte < 0x3A ? byte &- 0x30 : byte &- 0x57 }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(value.count / 2)
      var i = 2
      while i + 1 < value.count {
        bytes.append(digit(value[i]) << 4 | digit(value[i + 1]))
        i += 2
      }
      return bytes
    }

    /// `2026-02-01 10:11:12.5+00` as RFC 3339 writes it. Infinity and the years before Christ stay as they are.
    private static func time(_ value: Span<UInt8>, hasZone: Bool) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.append(value)
      let end = bytes.count - (hasZone ? 3 : 0)
      guard end > 10, bytes[10] == 0x20, (0x30...0x39).contains(bytes[end - 1]),
        !hasZone || bytes[end...].elementsEqual("+00".utf8)
      else { return bytes }
      bytes[10] = UInt8(ascii: "T")
      return bytes[..<end] + [UInt8(ascii: "Z")]
    }
  }
#endif

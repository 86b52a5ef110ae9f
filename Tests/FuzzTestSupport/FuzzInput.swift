/// What libFuzzer made up, read as small decisions.
struct FuzzInput {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  var rest: [UInt8] { Array(bytes) }
  var isAtEnd: Bool { bytes.isEmpty }

  mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

  /// The rest as changes to a part of a file, four bytes each: where, how, and with what.
  mutating func change(_ file: [UInt8], in part: Range<Int>) -> [UInt8] {
    var file = FileBytes(file)
    while !isAtEnd {
      let place = Int(byte()) | Int(byte()) << 8
      let (how, value) = (byte(), byte())
      let part = part.clamped(to: 0..<file.count)
      guard !part.isEmpty else { break }
      Self.change(&file, at: part.lowerBound + place % part.count, how, value)
    }
    return file.bytes
  }

  /// Numbers at which something ends.
  private static let limits: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x1_0000_0000, UInt64(Int64.max), UInt64(Int64.max) + 1, .max,
  ]

  private static func change(_ file: inout FileBytes, at place: Int, _ how: UInt8, _ value: UInt8) {
    let end = min(file.count, place + 1 + Int(value % 32))
    func add(_ width: Int) {
      file.put(
        file.number(place, width) &+ UInt64(bitPattern: Int64(Int8(bitPattern: value))),
        at: place, width)
    }
    switch how % 16 {
    case 0: file.bytes[place] = value
    case 1: file.bytes[place] ^= value
    case 2: file.bytes[place] ^= 1 << (value % 8)
    case 3: add(1)
    case 4: add(4)
    case 5: add(8)
    case 6: file.put(limits[Int(value % 16)], at: place, 4)
    case 7: file.put(limits[Int(value % 16)], at: place, 8)
    case 8: file.put(~limits[Int(value % 16)], at: place, 8)
    case 9: for i in place..<end { file.bytes[i] = 0 }
    case 10: for i in place..<end { file.bytes[i] = 0xFF }
    case 11: file.bytes.insert(contentsOf: [UInt8](repeating: 0, count: end - place), at: place)
    case 12: file.bytes.removeSubrange(place..<end)
    case 13: file.bytes.removeSubrange(place...)
    case 14:
      for i in place..<end where i + end - place < file.count {
        file.bytes[i] = file.bytes[i + end - place]
      }
    default: file.bytes.insert(contentsOf: file.bytes[place..<end], at: place)
    }
  }
}

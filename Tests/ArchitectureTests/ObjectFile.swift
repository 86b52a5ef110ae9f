import Foundation
import Testing

/// An object file as the compiler writes it on Linux: ELF, 64 bits, little-endian.
struct ObjectFile {
  /// What the object uses and does not define: the linker looks for these elsewhere.
  let undefinedSymbols: Set<String>

  init(_ file: URL) throws {
    let bytes = try [UInt8](Data(contentsOf: file))
    try #require(bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]), "not an object file: \(file)")
    func number(_ place: Int, _ count: Int) -> Int {
      bytes[place..<(place + count)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    /// The headers of sections, of 64 bytes each.
    let sections = number(0x28, 8)
    func section(_ i: Int) -> (kind: Int, bytes: Range<Int>, link: Int) {
      let header = sections + 64 * i
      let start = number(header + 24, 8)
      return (
        number(header + 4, 4), start..<(start + number(header + 32, 8)), number(header + 40, 4)
      )
    }
    // Where there are too many sections for two bytes, their number is in the first header.
    let count = number(0x3C, 2) == 0 ? number(sections + 32, 8) : number(0x3C, 2)
    let table = try #require((0..<count).map(section).first { $0.kind == 2 }, "no symbols: \(file)")
    let names = section(table.link).bytes
    var found: Set<String> = []
    // The first symbol is none.
    for symbol in stride(from: table.bytes.lowerBound + 24, to: table.bytes.upperBound, by: 24)
    where number(symbol + 6, 2) == 0 {
      let name = bytes[(names.lowerBound + number(symbol, 4))...].prefix { $0 != 0 }
      found.insert(String(decoding: name, as: UTF8.self))
    }
    undefinedSymbols = found
  }
}

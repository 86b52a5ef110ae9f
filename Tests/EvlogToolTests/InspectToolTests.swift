import Foundation
import Testing

/// Files explained: those in `Fixtures`, which are the same everywhere, and damaged copies of them.
@Suite struct InspectToolTests {
  private func place(_ names: String...) throws -> Workplace {
    let place = try Workplace()
    for name in names {
      try FileManager.default.copyItem(
        at: packageFolder.appending(path: "Fixtures/logs/format-3/\(name)"),
        to: place.folder.appending(path: name))
    }
    return place
  }

  @Test func filesAreExplained() async throws {
    let place = try place("sealed.evlog", "torn.evlog")
    let file = "sealed.evlog/segments/00000000000000000023.sealed"
    var text = ""
    func step(_ expected: Int32, _ command: String) async throws {
      let answer = try await place.shell("evlog \(command)")
      #expect(answer.status == expected, "evlog \(command): \(answer.error)")
      text += "$ evlog \(command)\n\(answer.output)\(answer.error)\n"
    }
    try await step(0, "inspect sealed.evlog")
    try await step(0, "inspect \(file)")
    try await step(0, "inspect sealed.evlog --offset 52 --hex")
    try await step(0, "inspect sealed.evlog --frame 1")
    try await step(0, "inspect sealed.evlog/DURABLE --hex")
    try await step(0, "inspect sealed.evlog/EVLOG --json")
    try await step(0, "inspect sealed.evlog --offset 50 --json")
    try await step(0, "inspect torn.evlog")
    var bytes = try place.bytes(of: file)
    bytes[200] ^= 1
    try Data(bytes).write(to: place.folder.appending(path: file))
    try await step(5, "inspect \(file)")
    try await step(5, "inspect \(file) --frame 0")
    try Data(bytes.dropLast(9)).write(to: place.folder.appending(path: file))
    try await step(5, "inspect sealed.evlog --json")
    try expectGolden(text, "inspect")
  }

  /// The dump of the example in FORMAT.md is the one that is printed there.
  @Test func theExampleOfTheFormatIsPrinted() async throws {
    let place = try Workplace()
    let format = try String(
      contentsOf: packageFolder.appending(path: "FORMAT.md"), encoding: .utf8)
    let lines = try #require(
      format.components(separatedBy: "```hex\n").last?.components(separatedBy: "\n```").first
    ).components(separatedBy: "\n")
    let bytes = lines.flatMap { line in
      line.components(separatedBy: "  ")[1].split(separator: " ").compactMap {
        UInt8($0, radix: 16)
      }
    }
    let name = "00000000000000000000.active"
    try Data(bytes).write(to: place.folder.appending(path: name))
    let frame = try await place.evlog("inspect", name, "--frame", "0", "--hex")
    #expect(frame.status == 0, "\(frame.error)")
    let printed = frame.output.components(separatedBy: "\n")
    // The last line of the frame is cut off where the frame ends.
    for line in lines[4..<12] { #expect(printed.contains(line), "\(line)") }
    for words in [
      "body             90 bytes", "envelopes        70 of them", "0xdc47a1b2, right",
      "0xdb7a51e1", "turn id t-1", "causation c-9", "bytes 132..<202",
    ] { #expect(frame.output.contains(words), "\(words): \(frame.output)") }
    let file = try await place.evlog("inspect", name, "--hex")
    for line in lines[..<4] { #expect(file.output.contains(line), "\(line)") }
    #expect(file.output.contains("0x21f5d16e, right"))
    #expect(file.output.contains("2026-03-01T10:11:12.000000000Z"))
  }
}

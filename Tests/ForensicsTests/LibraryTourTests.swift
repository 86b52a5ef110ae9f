import EventLog
import Forensics
import Foundation
import Replay
import SystemPackage
import Testing

// What the README shows of the library, as it is shown.

private struct Shop: Machine {
  struct State: Codable, Sendable { var stock: [String: Int] = [:] }
  enum Event: Codable, Sendable {
    case counted(sku: String, quantity: Int), reserved(sku: String, quantity: Int)
  }

  let initialState = State()

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .counted(let sku, let quantity): state.stock[sku] = quantity
    case .reserved(let sku, let quantity): state.stock[sku, default: 0] -= quantity
    }
  }

  var invariants: [Invariant<Shop>] {
    [.always("never oversell") { $0.stock.values.allSatisfy { $0 >= 0 } }]
  }
}

@Suite struct LibraryTourTests {
  @Test func theReadmesLibraryWorks() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = try EventLog.open(FilePath("\(folder.path)/shop.evlog"))
    let counted = NewEvent(
      stream: "sku-A-7", type: "counted", data: Array(#"{"sku":"A-7","quantity":12}"#.utf8))
    try await log.append([counted], turnID: "count-1", expecting: ["sku-A-7": .noStream])
    #expect(try await Replayer(Shop().program, over: log).firstViolation() == nil)

    let reserved = NewEvent(
      stream: "sku-A-7", type: "reserved", data: Array(#"{"sku":"A-7","quantity":40}"#.utf8))
    try await log.append([reserved], expecting: ["sku-A-7": .revision(0)])
    let violation = try #require(
      try await Replayer(Shop().program, over: log).firstViolation())
    #expect(violation.event?.offset == 1)
    #expect(violation.diff.lines() == [#"~ stock["A-7"]  12 → -28"#])
    log.close()
    var offsets: [UInt64] = []
    for try await event in log.subscribe(from: 0) { offsets.append(event.offset) }
    #expect(offsets == [0, 1])
  }

  /// Every line of the machine in the README is a line of the one above.
  @Test func theReadmeShowsThis() throws {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let block = try #require(readme.components(separatedBy: "```swift\n").dropFirst().first)
    let shown = try #require(block.components(separatedBy: "```").first)
    let code = try String(contentsOf: here, encoding: .utf8)
    let machine = try #require(shown.components(separatedBy: "let log = ").first)
    for line in machine.split(separator: "\n") where !line.hasPrefix("import") {
      #expect(code.contains(line), "\(line)")
    }
  }
}

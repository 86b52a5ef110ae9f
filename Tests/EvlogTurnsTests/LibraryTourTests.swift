import EvlogMachine
import EvlogStore
import EvlogTesting
import EvlogTurns
import Foundation
import Testing

// What the README shows of the library, as it is shown.

private struct Item: Decider {
  struct State: Codable, Sendable { var available = 0 }
  enum Event: Codable, Sendable { case counted(quantity: Int), sold(quantity: Int) }
  enum Command: Sendable { case count(Int), sell(Int) }

  let initialState = State()
  let scope = Scope.stream

  func decide(_ command: Command, _ state: State) -> [Event] {
    switch command {
    case .count(let quantity): [.counted(quantity: quantity)]
    case .sell(let quantity): [.sold(quantity: quantity)]
    }
  }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    switch event {
    case .counted(let quantity): state.available = quantity
    case .sold(let quantity): state.available -= quantity
    }
  }

  var invariants: [Invariant<Item>] { [.always("never oversell") { $0.available >= 0 }] }
}

@Suite struct LibraryTourTests {
  private static let readme: String = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return (try? String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)) ?? ""
  }()

  private func shown() throws -> String {
    let block = try #require(Self.readme.components(separatedBy: "```swift\n").dropFirst().first)
    return try #require(block.components(separatedBy: "```").first)
  }

  @Test func theReadmesLibraryWorks() async throws {
    let log = try EventLog.inMemory()
    let items = try TurnRunner(Item(), on: log)
    try await items.run(.count(12), on: "A-7")
    var printed = ""
    do { try await items.run(.sell(40), on: "A-7") } catch { printed = "\(error)" }
    let comment = try shown().components(separatedBy: "\n").filter { $0.hasPrefix("// ") }
      .map { String($0.dropFirst(3)) }.joined(separator: " ")
    #expect(printed == comment)
    #expect(log.end == 1)
  }

  /// Every line of the decider in the README is a line of the one above.
  @Test func theReadmeShowsThis() throws {
    let decider = try #require(try shown().components(separatedBy: "let log = ").first)
    let code = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    for line in decider.split(separator: "\n") where !line.hasPrefix("import") {
      #expect(code.contains(line), "\(line)")
    }
  }
}

import EvlogComponents
import EvlogContracts
import EvlogCore
import EvlogForensics
import EvlogMachine
import EvlogReplay
import Foundation
import SystemPackage
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// Components side by side, in Swift and in JavaScript. A lock and a circuit breaker share the event `Tick`.
@Suite struct ComposedComponentTests {
  private static let compiled = Combined(Lock(), CircuitBreaker())

  private func check(_ space: ExploredSpace, _ program: any Program) throws {
    #expect(!space.isViolated && space.failures.isEmpty)
    let regions = try #require(program.descriptor.regions)
    #expect(regions.names.count == 6)
    for move in space.moves {
      let (region, target) = (try #require(move.region), try #require(move.target))
      switch regions.move(in: region, on: move.type) {
      case .allowed(let targets): #expect(targets.contains(target), "\(move)")
      case .ignored: #expect(region == target)
      default: Issue.record("\(move) is not declared")
      }
    }
  }

  @Test func contractsAreJoined() throws {
    let contract = try #require(try Self.compiled.contract)
    let parts = [try #require(try Lock().contract), try #require(try CircuitBreaker().contract)]
    #expect(
      Set(contract.events.map(\.type)) == Set(parts.flatMap(\.events).map(\.type)))
    let other = try Contract([EventContract("Tick", ["at": .integer])])
    #expect(throws: ContractError.self) { try contract.joined(with: other) }
    let closed = try Contract([EventContract("Other", [:])], closed: true)
    #expect(throws: ContractError.self) { try contract.joined(with: closed) }
    #expect(throws: ContractError.self) { try closed.joined(with: nil) }
    #expect(try contract.joined(with: contract) == contract)
  }

  /// What is composed of the regions is what happens, in every state that the two reach together; and both languages
  /// compose the same.
  @Test func theProductMovesAsItsPartsDeclare() async throws {
    let compiled = try await Component.explore(Self.compiled.program)
    try check(compiled, Self.compiled.program)
    #if JavaScript
      let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: folder) }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      for name in ["lock", "circuit-breaker"] {
        try Component.source(name).write(
          to: folder.appending(path: "\(name).js"), atomically: true, encoding: .utf8)
      }
      let main = folder.appending(path: "main.js")
      try """
      machine("main", 1, { parts: { lock: use("lock.js"), breaker: use("circuit-breaker.js") } })
      """.write(to: main, atomically: true, encoding: .utf8)
      let script = try ScriptProgram(file: FilePath(main.path))
      let scripted = try await Component.explore(script)
      try check(scripted, script)
      #expect(scripted.distinct == compiled.distinct)
      #expect(scripted.generated == compiled.generated)
      #expect(scripted.depth == compiled.depth)
      #expect(scripted.beyondBound == compiled.beyondBound)
      #expect(Set(scripted.moves) == Set(compiled.moves))
      #expect(script.contract == (try Self.compiled.contract))
      #expect(script.descriptor.regions?.moves == Self.compiled.program.descriptor.regions?.moves)
    #endif
  }
}

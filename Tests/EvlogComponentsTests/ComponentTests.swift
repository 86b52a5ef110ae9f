import EvlogComponents
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogReplay
import Foundation
import Testing

#if JavaScript
  import EvlogScripting
#endif

/// What is promised of every component, in Swift and in JavaScript.
@Suite struct ComponentTests {
  private func check(_ space: ExploredSpace, of component: Component) {
    let counts = Component.Counts(
      distinct: space.distinct, generated: space.generated, depth: space.depth,
      beyondBound: space.beyondBound)
    #expect(counts == component.counts)
    #expect(space.bounds == (component.counts.beyondBound > 0 ? [.machine] : []))
    #expect(space.failures.isEmpty && space.end == nil)
    for finding in space.findings {
      #expect(finding.violations == 0 && finding.undefined == 0, "\(finding.invariant.name)")
    }
  }

  @Test(arguments: Component.all) func theSwiftVersionKeepsItsLaws(component: Component)
    async throws
  {
    check(try await Component.explore(component.program), of: component)
  }

  private static let hasPython = ["/usr/bin/python3", "/usr/local/bin/python3"]
    .contains { FileManager.default.fileExists(atPath: $0) }

  /// `enumerate.py` is written from what the components promise, and shares no code with them.
  @Test(.enabled(if: hasPython, "python3 is not installed")) func bruteForceFindsAsManyStates()
    throws
  {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-B",
      Component.package.appending(path: "Tests/EvlogComponentsTests/enumerate.py").path,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    guard
      case .object(let found) = try JSONParser.parse(String(decoding: output, as: UTF8.self))
    else { throw CocoaError(.fileReadCorruptFile) }
    #expect(found.members.count == Component.all.count - 1)
    for (name, counts) in found.members.map({ ($0.key, $0.value) }) {
      let expected = try #require(Component.named(name)).counts
      #expect(counts["distinct"] == .int(expected.distinct), "\(name)")
      #expect(counts["depth"] == .int(expected.depth), "\(name)")
      #expect(counts["beyondBound"] == .int(Int(expected.beyondBound)), "\(name)")
    }
  }

  /// The page of each component says what was explored.
  @Test(arguments: Component.all) func thePageSaysTheCounts(component: Component) throws {
    let catalog = Component.package.appending(
      path: "Sources/EvlogComponents/EvlogComponents.docc")
    let pages = try FileManager.default.contentsOfDirectory(atPath: catalog.path)
      .map { try String(contentsOf: catalog.appending(path: $0), encoding: .utf8) }
    let own = pages.filter { $0.contains("machine new --from \(component.name) ") }
    #expect(own.count == 1)
    let counts = component.counts
    #expect(
      own.first?.contains(
        "\(counts.distinct.formatted(.number.locale(Locale(identifier: "en")))) distinct states")
        == true)
    for invariant in component.program.descriptor.invariants {
      #expect(own.first?.contains("| \(invariant.name) |") == true, "\(invariant.name)")
    }
  }

  #if JavaScript
    private func script(_ component: Component) throws -> ScriptProgram {
      try ScriptProgram(
        source: try Component.source(component.name), file: "\(component.name).js")
    }

    @Test func everyScriptHasASwiftVersion() throws {
      let files = try FileManager.default.contentsOfDirectory(atPath: Component.scripts.path)
      #expect(files.sorted() == Component.all.map { "\($0.name).js" }.sorted())
    }

    @Test(arguments: Component.all) func theScriptKeepsItsLaws(component: Component) async throws {
      let script = try script(component)
      let space = try await Component.explore(script)
      check(space, of: component)
      let compiled = try await Component.explore(component.program)
      #expect(Set(space.moves) == Set(compiled.moves))
      #expect(script.contract == (try component.contract()))
      func laws(_ program: any Program) -> [[String]] {
        program.descriptor.invariants.map { [$0.name, $0.kind.rawValue] }
      }
      #expect(laws(script) == laws(component.program))
      #expect(script.descriptor.version == component.program.descriptor.version)
    }

    @Test(arguments: Component.all) func eachLanguageRefinesTheOther(component: Component)
      async throws
    {
      let script = try script(component)
      let pairs: [(any Program, any Program)] = [
        (script, component.program), (component.program, script),
      ]
      for (new, old) in pairs {
        let space = try await Component.explore(
          try SquareProgram(new, refines: old, by: SameMapping()))
        #expect(space.findings.map(\.violations) == [0])
        #expect(space.bounds.allSatisfy { $0 == .machine })
        #expect(space.failures.isEmpty && space.end == nil)
        #expect(space.distinct > 1)
      }
    }

    /// The token bucket and the generic cell rate algorithm, in every pair of languages.
    @Test func rateLimitersRefineEachOther() async throws {
      let all = try ["token-bucket", "gcra"].map { name in
        let component = try #require(Component.named(name))
        return [component.program, try script(component)] as [any Program]
      }
      for (newer, older) in [(all[0], all[1]), (all[1], all[0])] {
        for (new, old) in newer.flatMap({ new in older.map { (new, $0) } }) {
          let mapping = try #require(new.refines)
          let space = try await Component.explore(
            try SquareProgram(new, refines: old, by: mapping))
          #expect(space.findings.map(\.violations) == [0])
          #expect(space.isComplete && space.distinct == 61)
        }
      }
    }

    /// A lease is no mutual exclusion: a holder that was too slow still writes, before the next holder does.
    @Test func aLeaseAloneDoesNotExclude() async throws {
      let law = """
          "only the holder writes": step((before, e, after) => e.type !== "Write"
            || Object.values(before.leases).some(l => l.token === e.data.token)
            || isSame(before, after)),
          "at most one
        """
      let source = try Component.source("lock").replacing("    \"at most one", with: law)
      let space = try await Component.explore(
        try ScriptProgram(source: source, file: "lock.js"), judging: [0])
      let run = try #require(space.findings.first?.example)
      #expect(run.events.map(\.type) == ["Acquire", "Release", "Write"])
    }
  #endif
}

import EvlogForensics
import EvlogMachine
import Testing

#if JavaScript
  import EvlogScripting

  /// A law that catches nothing proves nothing. So there are faults for each, every one of which it must catch by itself,
  /// in both languages.
  @Suite struct FaultTests {
    @Test(arguments: Fault.all) func theLawCatchesTheFault(fault: Fault) async throws {
      let component = try #require(Component.named(fault.component))
      let program = try ScriptProgram(
        source: try fault.source(), file: "\(fault.component).js")
      let law = try #require(
        program.descriptor.invariants.firstIndex { $0.name == fault.law }, "\(fault.law)")
      let space = try await Component.explore(program, judging: [law])
      let finding = try #require(space.findings.first)
      #expect(finding.violations > 0)
      let run = try #require(finding.example)
      #expect(run.isRepeated)
      #expect(try await component.isViolated(fault.law, run), "the law in Swift does not catch it")
    }

    @Test(arguments: Component.all) func everyLawCatchesAFault(component: Component) {
      let caught = Set(Fault.all.filter { $0.component == component.name }.map(\.law))
      #expect(caught == Set(component.program.descriptor.invariants.map(\.name)))
    }

    /// A rate limiter with a fault refines the other one no longer.
    @Test(arguments: Fault.all.filter { ["gcra", "token-bucket"].contains($0.component) })
    func noFaultyRateLimiterRefines(fault: Fault) async throws {
      let faulty = try ScriptProgram(source: try fault.source(), file: "faulty.js")
      let other = fault.component == "gcra" ? "token-bucket" : "gcra"
      let old = try #require(Component.named(other))
      let space = try await Component.explore(
        try SquareProgram(faulty, refines: old.program, by: try #require(faulty.refines)))
      #expect(space.isViolated)
    }
  }
#endif

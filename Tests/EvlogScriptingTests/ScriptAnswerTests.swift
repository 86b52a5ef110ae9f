#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogStore
  import ReplayTestSupport
  import Testing

  @testable import EvlogScripting

  /// What the sandbox answers is taken as a whole or not at all.
  @Suite struct ScriptAnswerTests {
    private func host() throws -> ScriptHost {
      let program = try machine(
        "s.n = e.data", more: "invariants: { 'is small': always(s => s.n < 3) }")
      let execution = try #require(try program.makeHost() as? ScriptHost)
      try execution.run(
        recorded([NewEvent("e", "1"), NewEvent("e", "2")], from: 40), checks: false
      ) {
        _ in
      }
      return execution
    }

    @Test(arguments: [
      "nonsense", "{}", #"{"changes":3}"#, #"{"changes":[[0,null,1,1]]}"#,
      #"{"changes":[[7,null,1,1,1,null]]}"#, #"{"changes":[[0,null,-1,1,1,null]]}"#,
      #"{"changes":[[0,null,1,3,1,null]]}"#, #"{"changes":[],"failure":{"kind":"odd"}}"#,
    ]) func anAnswerThatDoesNotFitIsAnError(answer: String) throws {
      let execution = try host()
      let error = #expect(throws: MachineError.self) { try execution.take(answer) { _ in } }
      #expect(error?.machine == "m" && error?.offset == 41)
      #expect(error?.message.contains("does not fit") == true, "\(String(describing: error))")
    }

    @Test func anAnswerThatFitsIsTaken() throws {
      var changes: [VerdictChange] = []
      try host().take(#"{"changes":[[0,null,42,1,2,null]]}"#) { changes.append($0) }
      #expect(
        changes
          == [VerdictChange(invariant: 0, key: nil, cut: 42, verdict: .violated, evaluation: 2)])
    }

    @Test func placesAndWritesThatDoNotFit() throws {
      #expect(StatePath(json: try JSONParser.parse(#"["a",true]"#)) == nil)
      #expect(StatePath(json: .string("a")) == nil)
      for text in [#"[1,"",[["n",[1],[2]]]]"#, #"[1,"",[[["n"],[1]]]]"#, #"[1,null,[]]"#, "[]"] {
        #expect(Moment(json: try JSONParser.parse(text), .log) == nil, "\(text)")
      }
      let moment = Moment(
        json: try JSONParser.parse(#"[1,"",[[["n"],[1],[2]],[["m"],[1],[1]]]]"#), .log)
      #expect(moment?.writes == [.init(path: StatePath([.key("n")]), old: .int(1), new: .int(2))])
    }
  }
#endif

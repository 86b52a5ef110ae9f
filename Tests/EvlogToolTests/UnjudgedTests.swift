import EvlogJSON
import Foundation
import Testing

/// What could not be judged is neither healed nor the same, and is said in a few words.
@Suite struct UnjudgedTests {
  private func place(_ types: String..., machines: [String: String]) async throws -> Workplace {
    let place = try Workplace()
    let lines = types.map { #"{"stream":"b","type":"\#($0)","data":{"n":1}}"# }
    try place.write(lines.joined(separator: "\n") + "\n", to: "a.ndjson")
    for (name, text) in machines { try place.write(text, to: name) }
    #expect(try await place.evlog("import", "log", "a.ndjson").status == 0)
    return place
  }

  /// The machine fails at the event after the violation: that heals nothing.
  @Test func aFailureHealsNothing() async throws {
    let body = #"{initial:{n:0},SCOPE on:{T:s=>{s.n=-1}},invariants:{i:always(s=>s.n>=0)}}"#
    let place = try await place(
      "T", "X",
      machines: [
        "stream.js":
          "machine('m',1,\(body.replacing("SCOPE", with: "scope:'stream',")))",
        "throws.js":
          "machine('m',1,{initial:{n:0},on:{T:s=>{s.n=-1},X:s=>{s.n=7}},"
          + "invariants:{i:always(s=>{if(s.n===7)throw 'q';return s.n>=0})}})",
      ])
    for machine in ["stream.js", "throws.js"] {
      let json = try await place.evlog("bisect", "log", "--machine", machine, "--json").json()
      let finding = try #require(json["invariants"]?.arrayValue?.first)
      let episode = try #require(finding["episodes"]?.arrayValue?.first)
      #expect(episode["endCut"] == .int(2) && episode["healedBy"] == .null, "\(finding)")
      #expect(finding["class"] == .string("latched"))
      let text = try await place.evlog("bisect", "log", "--machine", machine)
      #expect(text.output.contains("[1–2, then undefined)"), "\(text.output)")
    }
  }

  @Test(arguments: ["stream", "log"]) func longReasonsAreCutOff(_ scope: String) async throws {
    let place = try await place(
      "T",
      machines: [
        "m.js":
          "machine('m',1,{scope:'\(scope)',initial:{n:0},on:{T:s=>{throw 'z'.repeat(2e6)}},"
          + "invariants:{i:always(s=>true)}})",
        "i.js":
          "machine('m',1,{scope:'\(scope)',initial:{n:0},on:{T:s=>{s.n=1}},"
          + "invariants:{i:always(s=>{throw 'z'.repeat(2e6)})}})",
      ])
    for machine in ["m.js", "i.js"] {
      for verb in ["bisect", "replay --check", "map", "audit", "state"] {
        for more in ["", " --json"] {
          let answer = try await place.shell("evlog \(verb) log --machine \(machine)\(more)")
          let count = answer.output.utf8.count + answer.error.utf8.count
          #expect(count < 40_000, "\(verb) \(machine)\(more): \(count)")
          #expect(answer.status != 74, "\(verb) \(machine)\(more): \(answer.error)")
        }
      }
      let debug = try await place.shell("printf 'n\\nv\\n' | evlog debug log --machine \(machine)")
      #expect(debug.output.utf8.count + debug.error.utf8.count < 40_000)
    }
  }

  /// It fails in every run alike, before any event.
  @Test func anInvariantThatWritesIsNoMatterOfTheAudit() async throws {
    let place = try await place(
      "T",
      machines: [
        "m.js":
          "machine('m',1,{initial:{n:0},on:{T:s=>{}},invariants:{i:always(s=>{s.n=1;return true})}})"
      ])
    let audit = try await place.evlog("audit", "log", "--machine", "m.js")
    #expect(audit.status == 3, "\(audit.error)")
    #expect(audit.output.contains("SO FAR"), "\(audit.output)")
  }

  @Test func whatIfSaysWhatWasNotJudged() async throws {
    let place = try await place(
      "T", "X", "T",
      machines: [
        "m.js":
          "machine('m',1,{initial:{n:0},scope:'stream',on:{T:s=>{s.n++}},"
          + "invariants:{i:always(s=>s.n<9)}})",
        "seven.js":
          "machine('m',1,{initial:{n:0},on:{'*':(s,e)=>{s.n=e.data.n}},"
          + "invariants:{lt:always(s=>{if(s.n===7)throw 'q';return s.n<1})}})",
      ])
    let dropped = try await place.evlog("what-if", "log", "--machine", "m.js", "--drop", "1")
    #expect(!dropped.output.contains("at every cut."), "\(dropped.output)")
    let replaced = try await place.evlog(
      "what-if", "log", "--machine", "seven.js", "--replace", #"1:{"data":{"n":7}}"#)
    #expect(replaced.output.contains("not judged at 1 cut, first at cut 2"), "\(replaced.output)")
  }

  @Test func anImportOfOlderEventsIsSaid() async throws {
    let place = try Workplace()
    for year in [2026, 2018] {
      try place.write(
        #"{"stream":"s","type":"t","time":"\#(year)-01-01T00:00:00Z"}"# + "\n",
        to: "\(year).ndjson")
    }
    #expect(try await place.evlog("import", "log", "2026.ndjson").error.isEmpty)
    let older = try await place.evlog("import", "log", "2018.ndjson")
    #expect(
      older.error.contains("times run backwards: the event added at offset 1"), "\(older.error)")
  }
}

import Foundation
import Testing

/// The reference in Python and the command give the same answers in whole sessions.
@Suite struct SessionTests {
  static let hasPython =
    (try? FileManager.default.contentsOfDirectory(atPath: "/usr/bin"))?
    .contains("python3") == true

  /// Prints what disagrees as a shell script that shows it; the seed is in it.
  private func play(_ count: Int, with tool: String, _ more: String...) async throws {
    let place = try Workplace()
    let seed = UInt32.random(in: 0..<1_000_000_000)
    let sessions = packageFolder.appending(path: "Tools/sessions").path
    let answer = try await place.run(
      "/usr/bin/env",
      ["python3", sessions, "--evlog", Workplace.binaries.appending(path: tool).path]
        + ["--seed", "\(seed)", "--count", "\(count)", "--failures", "1"] + more)
    #expect(answer.status == 0, "\(answer.output)\(answer.error)")
    print("\(tool): \(answer.output)")
  }

  @Test(.enabled(if: hasPython, "python3 is not installed"))
  func theReferenceAgreesInAHundredSessions() async throws {
    try await play(100, with: "evlog")
  }

  @Test(.enabled(if: hasPython, "python3 is not installed"))
  func compiledMachinesOfTheReferenceAgree() async throws {
    try await play(20, with: "table-machines", "--compiled")
  }

  /// It is to be read as a specification is: in one go.
  @Test func theReferenceIsShort() throws {
    let reference = packageFolder.appending(path: "Tools/reference")
    var lines = 0
    for folder in [reference, reference.appending(path: "rendering")] {
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
      where name.hasSuffix(".py") || name.hasSuffix(".json") || name.hasSuffix(".js") {
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        lines += text.count { $0 == "\n" }
      }
    }
    #expect(lines > 1000 && lines < 1500)
  }

  /// What is compiled is what the reference says.
  @Test(.enabled(if: hasPython, "python3 is not installed"))
  func compiledMachinesAreAsRendered() async throws {
    let place = try Workplace()
    let reference = packageFolder.appending(path: "Tools/reference").path
    let answer = try await place.run(
      "/usr/bin/env", ["PYTHONPATH=\(reference)", "python3", "-B", "-m", "rendering.swift"])
    let committed = packageFolder.appending(path: "Tests/table-machines/TableMachines.swift")
    #expect(answer.status == 0, "\(answer.error)")
    #expect(answer.output == String(decoding: try Data(contentsOf: committed), as: UTF8.self))
  }

  /// That nothing is known to be violated is no all-clear where something could not be judged.
  @Test(arguments: ["why", "minimise"])
  func whatCouldNotBeJudgedIsNotClean(_ verb: String) async throws {
    let place = try Workplace()
    try place.write(
      #"{"stream":"s","type":"A","time":"2026-01-01T00:00:00Z"}"# + "\n", to: "a.ndjson")
    try place.write(
      """
      machine("m", 1, {
        initial: { n: 0 }, on: { A: (s) => { s.n += 1 } },
        invariants: { odd: always((s) => s.gone.n > 0) },
      })
      """, to: "m.js")
    try await place.evlog("import", "log", "a.ndjson")
    let answer = try await place.evlog(verb, "log", "--machine", "m.js", "--json")
    #expect(answer.status == 3)
    #expect(answer.error.contains("'odd' could not be judged at 2 cuts, the first of them 0"))
  }
}

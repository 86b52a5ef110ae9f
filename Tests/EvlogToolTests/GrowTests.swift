import EvlogJSON
import EvlogTesting
import Foundation
import Testing

/// The verb `grow`: what is known of a machine, and that it refuses what makes a machine less known.
@Suite struct GrowTests {
  private static let machine = """
    machine("door", 1, {
      initial: { open: false, count: 0 },
      on: {
        Opened: s => { s.open = true; s.count += 1 },
        Closed: s => { s.open = false },
        Locked: s => { if (s.open) s.forced = true },
      },
      invariants: {
        "never forced": always(s => !s.forced),
        "never negative": always(s => s.count >= 0),
      },
      regions: {
        of: s => s.open ? "open" : "closed",
        moves: { closed: { Opened: ["open"], Locked: "ignored" }, open: { Closed: ["closed"] } },
      },
      explore: {
        events: s => s.open ? [{ type: "Closed" }] : [{ type: "Opened" }, { type: "Locked" }],
        bound: s => s.count < 4,
      },
    })
    """

  private func grow(_ place: Workplace, _ arguments: [String]) async throws -> Answer {
    try await place.run(
      Workplace.binaries.appending(path: "evlog").path, ["grow", "door.evlog"] + arguments)
  }

  private func place() async throws -> Workplace {
    let place = try Workplace()
    try place.write(Self.machine, to: "door.js")
    try place.write(
      ["Opened", "Closed", "Opened"].map { #"{"stream":"door","type":"\#($0)","data":{}}"# }
        .joined(separator: "\n"), to: "events.ndjson")
    #expect(try await place.evlog("import", "door.evlog", "events.ndjson").status == 0)
    return place
  }

  @Test func theNumbersAreThoseOfTheOtherVerbs() async throws {
    let place = try await place()
    let answer = try await grow(place, ["--machine", "door.js", "--json"])
    #expect(answer.status == 0)
    let json = try answer.json()
    let map = try await place.evlog("map", "door.evlog", "--machine", "door.js", "--json").json()
    let explore = try await place.evlog("explore", "--machine", "door.js", "--json").json()
    #expect(json["map"]?["counts"] == map["counts"])
    #expect(json["explored"]?["states"] == explore["states"])
    #expect(json["laws"]?.arrayValue?.count == 2 && json["refined"] == .null)
    #expect(json["setbacks"] == .null && json["mutants"] == .null)
    let text = try await grow(place, ["--machine", "door.js", "--badge", "badge.json"])
    try expectGolden(text.output, "grow")
    let badge = try JSONParser.parse(
      String(decoding: try place.bytes(of: "badge.json"), as: UTF8.self))
    #expect(badge == json["badge"] && badge["color"] == .string("brightgreen"))
    #expect(badge["message"] == .string("3 of 6 unknown, 2 laws hold"))
  }

  /// Each change makes one thing worse.
  @Test(arguments: [
    ("open: { Closed: [\"closed\"] }", "open: {}", nil as String?),
    ("closed: { Opened: [\"open\"], Locked", "closed: { Locked", nil),
    ("Opened: [\"open\"]", "Opened: [\"closed\"]", "cell"),
    (", Locked: \"ignored\"", "", "unknown"),
    ("\"never negative\": always(s => s.count >= 0),", "", "lost"),
    ("s.open = false }", "s.open = false; s.forced = true }", "law"),
    ("if (s.open) s.forced", "s.forced", "law"),
    ("bound: s => s.count < 4,", "", "explored"),
    ("bound: s => s.count < 4,", "bound: s => s.count < 6,", nil),
  ])
  func whatIsWorseIsRefused(_ before: String, _ after: String, _ kind: String?) async throws {
    let place = try await place()
    let arguments = ["--machine", "door.js", "--states", "200"]
    let baseline = try await grow(place, arguments + ["--json"])
    try place.write(baseline.output, to: "grow.json")
    let same = try await grow(place, arguments + ["--check", "grow.json", "--json"])
    #expect(same.status == 0)
    #expect(try same.json()["setbacks"] == .array([]))
    let changed = Self.machine.replacing(before, with: after)
    #expect(changed != Self.machine)
    try place.write(changed, to: "door.js")
    let answer = try await grow(place, arguments + ["--check", "grow.json", "--json"])
    #expect(answer.status == (kind == nil ? 0 : 1), "\(answer.output)\(answer.error)")
    let kinds = try answer.json()["setbacks"]?.arrayValue?.compactMap { $0["kind"]?.stringValue }
    #expect(kind.map { kinds?.contains($0) == true } ?? (kinds == []))
  }

  @Test func theOlderMachineIsRefined() async throws {
    let place = try await place()
    try place.write(Self.machine.replacing("s.count += 1", with: "s.count += 2"), to: "new.js")
    let arguments = ["--old", "door.js", "--machine"]
    #expect(try await grow(place, arguments + ["door.js"]).status == 0)
    let other = try await grow(place, arguments + ["new.js"])
    #expect(other.status == 1 && other.output.contains("refines    door.js: no"))
    #expect(other.output.contains("evlog refine door.evlog --machine new.js --old door.js"))
  }

  /// A law that says nothing lets mutants live; a better one catches them.
  @Test func mutantsShowWhatLawsDoNotSay() async throws {
    let place = try await place()
    func mutants(_ machine: String) async throws -> JSONValue {
      try place.write(machine, to: "door.js")
      let arguments = ["--machine", "door.js", "--mutants", "100", "--json"]
      return try #require(try await grow(place, arguments).json()["mutants"])
    }
    func living(_ mutants: JSONValue) -> [String] {
      (mutants["survivors"]?.arrayValue ?? []).compactMap { survivor in
        guard let before = survivor["change"]?["before"]?.stringValue,
          let after = survivor["change"]?["after"]?.stringValue
        else { return nil }
        return "\(before) → \(after)"
      }
    }
    let weak = try await mutants(Self.machine)
    #expect(living(weak).contains("1 → 2") && !living(weak).contains("+= → -="))
    #expect(
      weak["survivors"]?.arrayValue?.first { $0["change"]?["after"] == .string("2") }?[
        "changesStates"] == .bool(true))
    let law = """
      "counts each": step((b, e, a) => a.count === b.count + (e.type === "Opened" ? 1 : 0)),
      "opens": step((b, e, a) => a.open === (e.type === "Opened" || e.type === "Locked" && b.open)),
      """
    let strong = try await mutants(
      Self.machine.replacing("invariants: {", with: "invariants: {\n\(law)"))
    #expect(strong["count"] == weak["count"])
    #expect(living(strong).allSatisfy { $0.contains("forced") || $0 == "true → false" })
  }

  @Test(arguments: [
    (["--check", "events.ndjson"], "is not the JSON of an earlier answer"),
    (["--states", "0"], "--states must be at least 1"), (["--old", "none.js"], "none.js"),
    (["--badge", "."], "is a folder"),
  ])
  func whatCannotBeAskedIsRefused(_ arguments: [String], _ message: String) async throws {
    let place = try await place()
    let answer = try await grow(place, ["--machine", "door.js"] + arguments)
    #expect(answer.status == 2 || answer.status == 64, "\(answer.status)")
    #expect(answer.error.contains(message), "\(answer.error)")
  }
}

import Foundation
import Testing

/// Components, as a user takes them.
@Suite struct ComponentToolTests {
  private static let scripts = packageFolder.appending(
    path: "Sources/EvlogComponentScripts/Scripts")

  /// What the program hands out is what was tested.
  @Test func everyComponentIsInTheProgram() async throws {
    let place = try Workplace()
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.scripts.path).sorted()
    #expect(files.count > 10)
    let help = try await place.evlog("help", "machine", "new").output
    for file in files {
      let name = String(file.dropLast(3))
      let source = try String(contentsOf: Self.scripts.appending(path: file), encoding: .utf8)
      let printed = try await place.evlog("machine", "new", "--from", name)
      #expect(printed.output == source, "\(name)")
      #expect(help.contains("\n  \(name) "), "\(name)")
      #expect(source.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(name)")
    }
  }

  @Test func aComponentRunsAsItIs() async throws {
    let place = try Workplace()
    let taken = try await place.evlog("machine", "new", "--from", "lock", "--out", "lock.js")
    #expect(taken.status == 0)
    #expect(taken.output.hasPrefix("lock.js: A lock with leases and fencing tokens.\n"))
    #expect(taken.output.hasSuffix("  next        evlog explore --machine lock.js\n"))
    let explored = try await place.evlog("explore", "--machine", "lock.js")
    #expect(explored.status == 0)
    try expectGolden(explored.output, "explore-component")
    #expect(try await place.evlog("init", "locks.evlog").status == 0)
    for (type, data) in [
      ("Acquire", #"{"client":"a"}"#), ("Write", #"{"token":1,"value":"x"}"#), ("Tick", "{}"),
    ] {
      let appended = try await place.evlog(
        "append", "locks.evlog", "--stream", "lock", "--type", type, "--data", data)
      #expect(appended.status == 0, "\(appended.error)")
    }
    for command in [
      ["bisect", "locks.evlog", "--machine", "lock.js"],
      ["map", "locks.evlog", "--machine", "lock.js"],
      ["contract", "check", "locks.evlog", "--machine", "lock.js"],
    ] {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path, command)
      #expect(answer.status == 0, "\(command): \(answer.output) \(answer.error)")
    }
    let again = try await place.evlog("machine", "new", "--from", "lock", "--out", "lock.js")
    #expect(again.status == 2)
  }

  @Test func whatCannotBeTakenIsSaid() async throws {
    let place = try Workplace()
    let unknown = try await place.evlog("machine", "new", "--from", "locks")
    #expect(unknown.status == 2)
    #expect(unknown.error.contains("There is no component 'locks'. There are: circuit-breaker"))
    for arguments in [
      [], ["shop.evlog", "--from", "lock"], ["--from", "lock", "--name", "mine"],
    ] {
      let answer = try await place.run(
        Workplace.binaries.appending(path: "evlog").path, ["machine", "new"] + arguments)
      #expect(answer.status == 2, "\(arguments)")
    }
  }
}

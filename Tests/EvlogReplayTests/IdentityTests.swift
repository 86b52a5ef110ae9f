import EvlogMachine
import EvlogStore
import ReplayTestSupport
import Testing

@testable import EvlogReplay

#if canImport(Glibc)
  import Glibc
#endif

/// What tells one machine from another.
@Suite struct IdentityTests {
  private struct Counter: Machine {
    struct State: Codable, Sendable { var n = 0 }
    enum Event: Codable, Sendable { case add(n: Int) }
    /// Its own description hides what it is made of.
    struct Limits: CustomStringConvertible, CustomDebugStringConvertible {
      var most = 10
      var names: Set<String> = []
      var description: String { "limits" }
      var debugDescription: String { "limits" }
    }
    var limits = Limits()
    let initialState = State()
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      if case .add(let n) = event { state.n += n }
    }
    var invariants: [Invariant<Self>] {
      let most = limits.most
      return [.always("few") { $0.n <= most }]
    }
  }

  private struct Holding<Part: Sendable>: Machine {
    typealias State = Counter.State
    typealias Event = Counter.Event
    var part: Part
    let initialState = State()
    let name = "holding"
    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {}
  }

  private final class Box: Sendable {}

  private final class Prices: MachineParameter, Sendable {
    let edition: Int
    init(edition: Int) { self.edition = edition }
    var identity: String { "edition \(edition)" }
  }

  @Test func aParameterMakesAnotherMachine() {
    let plain = Counter().program.descriptor
    #expect(plain.unidentified == nil)
    #expect(plain.fingerprint == Counter().program.descriptor.fingerprint)
    #expect(
      plain.fingerprint != Counter(limits: .init(most: 11)).program.descriptor.fingerprint)
    let names: [Set<String>] = [["a", "b", "c", "d"], ["d", "c", "b", "a"], ["a", "b", "c"]]
    let three = names.map { Counter(limits: .init(names: $0)).program.descriptor.fingerprint }
    #expect(three[0] == three[1] && three[1] != three[2])
    #expect(
      Holding(part: ["ab", "c"]).program.descriptor.fingerprint
        != Holding(part: ["a", "bc"]).program.descriptor.fingerprint)
  }

  @Test func whatCannotBeSeenIsNotKept() {
    let function: @Sendable (Int) -> Int = { $0 + 1 }
    #expect(Holding(part: function).program.descriptor.unidentified?.contains("function") == true)
    #expect(
      Holding(part: [1: [function]]).program.descriptor.unidentified?.contains("function") == true)
    #expect(Holding(part: Box()).program.descriptor.unidentified?.contains("reference") == true)
    #expect(Holding(part: Optional<Box>.none).program.descriptor.unidentified == nil)
    #expect(
      Keyed(Counter()) { $0.stream }.program.descriptor.unidentified?.contains("function") == true)
    let two = Combined(Counter(), Counter()) { [.always("own") { $0.first.n < 9 }] }
    #expect(two.program.descriptor.unidentified?.contains("function") == true)
    #expect(Combined(Counter(), Counter()).program.descriptor.unidentified == nil)
  }

  @Test func aParameterSaysWhichItIs() {
    let machines = [1, 1, 2].map { Holding(part: Prices(edition: $0)).program.descriptor }
    #expect(machines.allSatisfy { $0.unidentified == nil })
    #expect(machines[0].fingerprint == machines[1].fingerprint)
    #expect(machines[0].fingerprint != machines[2].fingerprint)
  }

  /// Kept verdicts of the one once made the other clean.
  @Test func twoKeysAreNotTakenForEachOther() async throws {
    let folder = TemporaryFolder()
    let log = try folder.log(
      "log",
      ["a", "b", "a", "b"].map { NewEvent("add", #"{"n":6}"#, in: $0) })
    func scan(_ machine: Keyed<Counter>) async throws -> Scan {
      var replayer = Replayer(machine.program, over: log, snapshots: SnapshotStore(log: log))
      replayer.secondsWorthKeeping = 0
      return try await replayer.scan()
    }
    let byOffset = try await scan(Keyed(Counter()) { "\($0.offset)" })
    #expect(byOffset.changes.map(\.verdict) == [.holds])
    let byStream = try await scan(Keyed(Counter()) { $0.stream })
    #expect(byStream.changes.map(\.verdict) == [.holds, .violated])
    #expect(byStream.work.judgedBefore == nil)
    #expect(try log.caches.names().isEmpty)
  }

  /// Swift names a private type by an address, which is another one in every process.
  @Test func everyProcessFindsTheSame() async throws {
    var printed: [String] = []
    for _ in 0..<2 {
      let result = await #expect(
        processExitsWith: .success, observing: [\.standardOutputContent]
      ) {
        struct Local: Sendable { var n = 1 }
        print("fingerprint", Counter().program.descriptor.fingerprint)
        print("fingerprint", Holding(part: Local()).program.descriptor.fingerprint)
      }
      let bytes = try #require(result).standardOutputContent
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      printed.append(lines.filter { $0.hasPrefix("fingerprint") }.joined(separator: " "))
    }
    #expect(printed[0] == printed[1])
    #expect(printed[0].contains("\(Counter().program.descriptor.fingerprint)"))
  }

  /// A machine may be in a library, of which another build is loaded.
  @Test func linkedCodeCounts() async throws {
    await #expect(processExitsWith: .success) {
      let folder = TemporaryFolder()
      let library = "\(folder.path)/library.so"
      func run(_ command: String) {
        let status = unsafe command.withCString { unsafe system($0) }
        precondition(status == 0, command)
      }
      func fingerprint(with code: String?) -> Digest {
        guard let code else { return Counter().program.descriptor.fingerprint }
        run("cp \(code) \(library)")
        let handle = unsafe dlopen(library, RTLD_NOW)
        precondition(unsafe handle != nil)
        defer { unsafe dlclose(handle!) }
        return Counter().program.descriptor.fingerprint
      }
      let lz4 = "$(ls -L /lib/*/liblz4.so.1 /usr/lib/*/liblz4.so.1 2>/dev/null | head -1)"
      let none = fingerprint(with: nil)
      let first = fingerprint(with: lz4)
      let second = fingerprint(with: lz4)
      precondition(first != none && second != first)
      precondition(fingerprint(with: nil) == none)
    }
  }
}

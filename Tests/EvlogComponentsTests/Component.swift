import EvlogComponents
import EvlogContracts
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogReplay
import Foundation
import Testing

@testable import EvlogMachine

/// A component, and what exploring it finds.
struct Component: Sendable, CustomTestStringConvertible {
  let name: String
  let program: any Program
  let contract: @Sendable () throws -> Contract?
  let counts: Counts
  /// Whether a law, as it is written in Swift, is violated by a run.
  let isViolated: @Sendable (_ law: String, ExploredSpace.Trace) async throws -> Bool

  struct Counts: Sendable, Equatable {
    let distinct: Int
    let generated: UInt64
    let depth: Int
    /// The states beyond the bound that the machine declares.
    let beyondBound: UInt64
  }

  init<M: Machine>(_ machine: M, _ counts: Counts) {
    name = machine.name
    program = machine.program
    contract = { try machine.contract }
    self.counts = counts
    isViolated = { law, trace in
      let run = RecordedRun(machine, law: law, states: try trace.states.map(Self.decode))
      return try await Replayer(run.program, over: EventList(trace.events)).firstViolation() != nil
    }
  }

  private static func decode<State: Decodable>(_ state: JSONValue) throws -> State {
    try StateDecoder().decode(State.self, from: state.canonicalText)
  }

  var testDescription: String { name }

  static let all = [
    Component(Lock(), Counts(distinct: 82, generated: 3_141, depth: 10, beyondBound: 9)),
    Component(Ledger(), Counts(distinct: 325, generated: 21_481, depth: 4, beyondBound: 42)),
    Component(Register(), Counts(distinct: 606, generated: 16_885, depth: 6, beyondBound: 0)),
    Component(
      MessageQueue(), Counts(distinct: 3_887, generated: 119_211, depth: 23, beyondBound: 481)),
    Component(
      TwoPhaseCommit(), Counts(distinct: 288, generated: 4_897, depth: 10, beyondBound: 0)),
    Component(
      TokenBucket(), Counts(distinct: 5_942, generated: 53_479, depth: 8, beyondBound: 0)),
    Component(GCRA(), Counts(distinct: 5_942, generated: 53_479, depth: 8, beyondBound: 0)),
    Component(CircuitBreaker(), Counts(distinct: 17, generated: 171, depth: 10, beyondBound: 0)),
    Component(Saga(), Counts(distinct: 40, generated: 961, depth: 10, beyondBound: 0)),
    Component(Outbox(), Counts(distinct: 749, generated: 12_203, depth: 13, beyondBound: 0)),
    Component(
      Supervisor(), Counts(distinct: 3_201, generated: 19_207, depth: 17, beyondBound: 0)),
  ]

  static func named(_ name: String) -> Component? { all.first { $0.name == name } }

  static let package = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let scripts = package.appending(path: "Sources/EvlogComponentScripts/Scripts")

  /// The component in JavaScript, as it is shipped.
  static func source(_ name: String) throws -> String {
    try String(contentsOf: scripts.appending(path: "\(name).js"), encoding: .utf8)
  }

  static func explore(
    _ program: any Program, judging judged: [Int]? = nil
  ) async throws -> ExploredSpace {
    try await Replayer(program, over: EventList([RecordedEvent]()))
      .explore(judging: judged, within: ExplorationLimits())
  }
}

/// A machine whose states are those of a run, whatever its own function makes of the events; judged by one law.
private struct RecordedRun<M: Machine>: Machine {
  let machine: M
  let law: String
  let states: [M.State]

  init(_ machine: M, law: String, states: [M.State]) {
    (self.machine, self.law, self.states) = (machine, law, states)
  }

  var initialState: M.State { states[0] }
  // Nothing is kept of it.
  var parameters: [String: Any] { [:] }

  func decode(_ event: RecordedEvent) throws -> M.Event { try machine.decode(event) }

  func reduce(into state: inout M.State, _ event: M.Event, _ context: EventContext) {
    state = states[Int(context.offset.rawValue) + 1]
  }

  var invariants: [Invariant<Self>] {
    machine.invariants.filter { $0.name == law }.map { $0.lifted(at: \.self) { $0 } }
  }
}

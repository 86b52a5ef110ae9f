import EvlogForensics
import EvlogReplay
import EvlogScripting
import EvlogStore
import EvlogTesting
import SystemPackage

/// evlog at finding the few events of a long stream that break an invariant: goods in a warehouse, of
/// which the last event moves some to a bin that was closed.
struct MinimiseContestant {
  let load: Load
  private let clock = ContinuousClock()

  init(_ load: Load) { self.load = load }

  func run(_ job: Job) async throws -> Measurement {
    let log = try EventLog.create(FilePath(load.folder).appending("log"))
    defer { log.close() }
    let events = warehouseEvents()
    for first in stride(from: 0, to: events.count, by: 1000) {
      try log.appendBlocking(
        Turn(
          try events[first..<min(first + 1000, events.count)].map {
            NewEvent(try EncodedEvent(encoding: $0), stream: "warehouse")
          }))
    }
    let program: any Program =
      job == .minimiseScript
      ? try ScriptProgram(source: Self.script, file: "warehouse.js") : Warehouse().program
    let replayer = Replayer(program, over: log)
    guard let violation = try await replayer.firstViolation(),
      violation.event?.offset == log.end.offsetBefore
    else { throw Failure("the last event does not break the invariant") }
    let start = clock.now
    let made = try await replayer.minimise(violation)
    guard made.kept.count < 100 else { throw Failure("\(made.kept.count) events are left") }
    return Measurement(seconds: (clock.now - start).inSeconds, events: UInt64(log.end))
  }

  private static let bins = 50

  /// Half of the bins are closed on the way, when they are empty; nothing comes into them after that but
  /// by the last event.
  private func warehouseEvents() -> [Warehouse.Event] {
    var random = SeededGenerator(seed: 1)
    var state = Warehouse.State()
    var events: [Warehouse.Event] = []
    while events.count < Int(load.events) - 1 {
      let bin = Int.random(in: 0..<Self.bins, using: &random)
      let other = Int.random(in: 0..<Self.bins, using: &random)
      if state.closed.contains(bin) || state.closed.contains(other) || bin == other { continue }
      let held = state.counts[bin, default: 0]
      let event: Warehouse.Event =
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where held == 0 && state.closed.count < Self.bins / 2: .closed(bin: bin)
        case 1 where held > 0: .moved(from: bin, to: other, count: held)
        case 2 where held > 1: .moved(from: bin, to: other, count: held / 2)
        default: .arrived(bin: bin, count: Int.random(in: 1...9, using: &random))
        }
      state.apply(event)
      events.append(event)
    }
    let full = state.counts.filter { $0.value > 0 }.map(\.key).min() ?? 0
    events.append(.moved(from: full, to: state.closed.min() ?? 0, count: 1))
    return events
  }

  struct Warehouse: Machine {
    struct State: Codable, Sendable {
      var counts: [Int: Int] = [:]
      var closed: Set<Int> = []
      /// The bin that something came into last.
      var last = -1

      mutating func apply(_ event: Event) {
        switch event {
        case .arrived(let bin, let count):
          counts[bin, default: 0] += count
          last = bin
        case .moved(let from, let to, let count):
          guard counts[from, default: 0] >= count else { return }
          counts[from, default: 0] -= count
          counts[to, default: 0] += count
          last = to
        case .closed(let bin):
          if counts[bin, default: 0] == 0 { closed.insert(bin) }
        }
      }
    }

    enum Event: Codable, Sendable {
      case arrived(bin: Int, count: Int)
      case moved(from: Int, to: Int, count: Int)
      case closed(bin: Int)
    }

    let initialState = State()

    func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
      state.apply(event)
    }

    var invariants: [Invariant<Self>] {
      [.always("closed bins are empty") { !$0.closed.contains($0.last) }]
    }
  }

  private static let script = """
    machine("warehouse", 1, {
      initial: { counts: {}, closed: {}, last: -1 },
      on: {
        arrived: (s, { data }) => {
          s.counts[data.bin] = (s.counts[data.bin] ?? 0) + data.count
          s.last = data.bin
        },
        moved: (s, { data }) => {
          if ((s.counts[data.from] ?? 0) < data.count) return
          s.counts[data.from] -= data.count
          s.counts[data.to] = (s.counts[data.to] ?? 0) + data.count
          s.last = data.to
        },
        closed: (s, { data }) => {
          if ((s.counts[data.bin] ?? 0) === 0) s.closed[data.bin] = true
        },
      },
      invariants: { "closed bins are empty": always(s => !s.closed[s.last]) },
    })
    """
}

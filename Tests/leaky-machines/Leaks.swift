import EvlogReplay
import EvlogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A machine that counts events and, from an offset on, lets something in that is none of its
/// business.
struct LeakyMachine: Machine {
  struct State: Codable, Sendable {
    var count = 0
    var seen: [String: Int] = [:]
    var names: Set<String> = []
    var leak = ""
    var shared = Shared()
    /// Not encoded, and yet it counts.
    var hidden = 0

    enum CodingKeys: String, CodingKey { case count, seen, names, leak, shared }
  }

  /// A reference in a value: all states share it.
  final class Shared: Codable, @unchecked Sendable {
    var value = 0
  }

  struct Event: Decodable, Sendable { let v: Int }

  enum Leak: String, CaseIterable {
    case dictionaryOrder, setOrder, hash, clock, random, address, freshMemory, environment, global
    case shared, hidden, verdict
    /// None: the same kinds of things, used as they may be.
    case none
  }

  /// The first event at which it leaks.
  static let start: Offset = 20
  nonisolated(unsafe) private static var global = 0

  let leak: Leak
  let initialState = State()
  var name: String { leak.rawValue }

  func decode(_ event: RecordedEvent) throws -> Event {
    try StateDecoder().decode(Event.self, from: event.data)
  }

  func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    state.count += event.v
    state.seen["k\(event.v)", default: 0] += 1
    state.names.insert("n\(event.v)")
    if leak == .hidden { state.hidden += 1 }
    if context.offset >= Self.start { state.leak = leaked(&state, context) }
  }

  private func leaked(_ state: inout State, _ context: EventContext) -> String {
    switch leak {
    case .dictionaryOrder: return state.seen.keys.joined()
    case .setOrder: return state.names.first ?? ""
    case .hash: return "\(context.stream.hashValue)"
    case .clock:
      var time = timespec()
      unsafe clock_gettime(CLOCK_REALTIME, &time)
      return "\(time.tv_sec).\(time.tv_nsec)"
    case .random: return "\(Int.random(in: 0..<1_000_000))"
    case .address: return unsafe "\(Unmanaged.passUnretained(Shared()).toOpaque())"
    case .freshMemory: return Self.freshMemory()
    case .environment: return unsafe getenv("TZ").map { unsafe String(cString: $0) } ?? ""
    case .global:
      unsafe Self.global += 1
      return unsafe "\(Self.global)"
    case .shared:
      state.shared.value += 1
      return ""
    case .hidden: return "\(state.hidden)"
    case .verdict: return ""
    case .none:
      return state.seen.keys.sorted().joined() + state.names.sorted().joined()
        + "\(state.seen["k1"] ?? 0) \(context.time)"
    }
  }

  // An optimiser knows that nothing is known of such memory, and would make up something.
  @_optimize(none) private static func freshMemory() -> String {
    guard let memory = unsafe malloc(40) else { return "" }
    defer { unsafe free(memory) }
    return unsafe "\(memory.load(fromByteOffset: 32, as: UInt64.self))"
  }

  var invariants: [Invariant<Self>] {
    let leak = leak
    return [
      .always("few") { $0.count < 100_000 },
      .always("calm") { state in
        leak != .verdict || state.count < 40 || Int.random(in: 0..<4) > 0
      },
    ]
  }
}

public import EvlogContracts
public import EvlogMachine

/// Two-phase commit as Gray and Lamport specify it: a transaction manager, some resource managers, and messages that are
/// never lost and never taken out.
///
/// No resource manager commits while another one aborts, and a decision is final.
public struct TwoPhaseCommit: Machine {
  public struct State: Codable, Sendable, Hashable {
    public var rms: [ResourceManager]
    public var tm = TransactionManager.begun
    /// The resource managers of which the transaction manager knows that they are prepared, in order.
    public var prepared: [Int] = []
    /// What was said, in the order of the texts.
    public var messages: [String] = []
  }

  public enum ResourceManager: String, Codable, Sendable, Hashable {
    case working, prepared, committed, aborted
  }

  public enum TransactionManager: String, Codable, Sendable, Hashable, CaseIterable {
    case begun = "init"
    case committed, aborted
  }

  public enum Event: Codable, Sendable, Hashable {
    case managerReceivedPrepared(rm: Int)
    case managerCommitted
    case managerAborted
    case prepared(rm: Int)
    case choseToAbort(rm: Int)
    case receivedCommit(rm: Int)
    case receivedAbort(rm: Int)

    enum CodingKeys: String, CodingKey {
      case managerReceivedPrepared = "TMReceivedPrepared"
      case managerCommitted = "TMCommitted"
      case managerAborted = "TMAborted"
      case prepared = "RMPrepared"
      case choseToAbort = "RMChoseToAbort"
      case receivedCommit = "RMReceivedCommit"
      case receivedAbort = "RMReceivedAbort"
    }
  }

  /// How many resource managers there are. They are numbered from 0.
  public let count: Int

  public init(_ count: Int = 3) {
    precondition(count > 0, "a transaction needs a resource manager")
    self.count = count
  }

  public var name: String { "two-phase-commit" }
  public var initialState: State { State(rms: Array(repeating: .working, count: count)) }

  /// An event that may not happen changes nothing.
  public func reduce(into state: inout State, _ event: Event, _ context: EventContext) {
    guard may(event, in: state) else { return }
    switch event {
    case .managerReceivedPrepared(let rm): Self.add(rm, to: &state.prepared)
    case .managerCommitted:
      state.tm = .committed
      Self.add("commit", to: &state.messages)
    case .managerAborted:
      state.tm = .aborted
      Self.add("abort", to: &state.messages)
    case .prepared(let rm):
      state.rms[rm] = .prepared
      Self.add("prepared \(rm)", to: &state.messages)
    case .receivedCommit(let rm): state.rms[rm] = .committed
    case .choseToAbort(let rm), .receivedAbort(let rm): state.rms[rm] = .aborted
    }
  }

  private func may(_ event: Event, in state: State) -> Bool {
    switch event {
    case .managerReceivedPrepared(let rm):
      state.tm == .begun && state.messages.contains("prepared \(rm)")
    case .managerCommitted: state.tm == .begun && state.prepared.count == count
    case .managerAborted: state.tm == .begun
    case .prepared(let rm), .choseToAbort(let rm):
      state.rms.indices.contains(rm) && state.rms[rm] == .working
    case .receivedCommit(let rm):
      state.rms.indices.contains(rm) && state.messages.contains("commit")
    case .receivedAbort(let rm):
      state.rms.indices.contains(rm) && state.messages.contains("abort")
    }
  }

  private static func add<Item: Comparable>(_ item: Item, to set: inout [Item]) {
    guard !set.contains(item) else { return }
    set.append(item)
    set.sort()
  }

  public var contract: Contract? {
    get throws {
      let rm: FieldRule = ["rm": .integer(0...(count - 1))]
      return try Contract([
        EventContract("TMReceivedPrepared", rm), EventContract("TMCommitted", [:]),
        EventContract("TMAborted", [:]), EventContract("RMPrepared", rm),
        EventContract("RMChoseToAbort", rm), EventContract("RMReceivedCommit", rm),
        EventContract("RMReceivedAbort", rm),
      ])
    }
  }

  public var invariants: [Invariant<Self>] {
    [
      .always("consistent") { !($0.rms.contains(.aborted) && $0.rms.contains(.committed)) },
      .always("each decision is announced") { state in
        state.messages.contains("commit") == (state.tm == .committed)
          && state.messages.contains("abort") == (state.tm == .aborted)
          && state.rms.indices.allSatisfy {
            state.rms[$0] != .prepared || state.messages.contains("prepared \($0)")
          }
      },
      .step("what may happen does") { before, event, after, _ in
        if let rm = event.rm, !before.rms.indices.contains(rm) { return true }
        let isOpen = before.tm == .begun
        switch event {
        case .managerReceivedPrepared(let rm):
          return !isOpen || !before.messages.contains("prepared \(rm)")
            || after.prepared.contains(rm)
        case .managerCommitted:
          return !isOpen || before.prepared.count < before.rms.count || after.tm == .committed
        case .managerAborted: return !isOpen || after.tm == .aborted
        case .prepared(let rm): return before.rms[rm] != .working || after.rms[rm] == .prepared
        case .choseToAbort(let rm): return before.rms[rm] != .working || after.rms[rm] == .aborted
        case .receivedCommit(let rm):
          return before.tm != .committed || after.rms[rm] == .committed
        case .receivedAbort(let rm): return before.tm != .aborted || after.rms[rm] == .aborted
        }
      },
      .step("only what all have prepared is committed") { before, _, after, _ in
        before.tm == .committed || after.tm != .committed
          || before.rms.allSatisfy { $0 == .prepared }
      },
      .step("the manager decides once") { before, _, after, _ in
        before.tm == .begun || after.tm == before.tm
      },
      .step("a resource manager decides once") { before, _, after, _ in
        zip(before.rms, after.rms).allSatisfy { old, new in
          old == .working || old == .prepared || old == new
        }
      },
      .step("what is prepared waits for the manager") { before, _, after, _ in
        zip(before.rms, after.rms).allSatisfy { old, new in
          old != .prepared || new == .prepared || new.rawValue == before.tm.rawValue
        }
      },
    ]
  }

  public var regions: Regions<State>? {
    Regions(
      of: \.tm,
      moves: [
        .begun: [
          "TMCommitted": .allowed(to: [.begun, .committed]),
          "TMAborted": .allowed(to: [.aborted]), "TMReceivedPrepared": .allowed(to: [.begun]),
          "RMPrepared": .allowed(to: [.begun]), "RMChoseToAbort": .allowed(to: [.begun]),
          "RMReceivedCommit": .ignored, "RMReceivedAbort": .ignored,
        ],
        .committed: [
          "TMCommitted": .ignored, "TMAborted": .ignored, "TMReceivedPrepared": .ignored,
          "RMPrepared": .ignored, "RMChoseToAbort": .ignored,
          "RMReceivedCommit": .allowed(to: [.committed]), "RMReceivedAbort": .ignored,
        ],
        .aborted: [
          "TMCommitted": .ignored, "TMAborted": .ignored, "TMReceivedPrepared": .ignored,
          "RMPrepared": .allowed(to: [.aborted]), "RMChoseToAbort": .allowed(to: [.aborted]),
          "RMReceivedCommit": .ignored, "RMReceivedAbort": .allowed(to: [.aborted]),
        ],
      ])
  }

  /// Every event in every state, whether it may happen there or not.
  public var exploration: Exploration<Self>? {
    Exploration { state in
      [.managerCommitted, .managerAborted]
        + state.rms.indices.flatMap { rm -> [Event] in
          [
            .managerReceivedPrepared(rm: rm), .prepared(rm: rm), .choseToAbort(rm: rm),
            .receivedCommit(rm: rm), .receivedAbort(rm: rm),
          ]
        }
    }
  }
}

extension TwoPhaseCommit.Event {
  /// The resource manager that the event is about.
  fileprivate var rm: Int? {
    switch self {
    case .managerReceivedPrepared(let rm), .prepared(let rm), .choseToAbort(let rm),
      .receivedCommit(let rm), .receivedAbort(let rm):
      rm
    case .managerCommitted, .managerAborted: nil
    }
  }
}

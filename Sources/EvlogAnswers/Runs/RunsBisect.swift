public import EvlogCore
public import EvlogCuts
public import EvlogMachine
public import EvlogReplay

extension Answers {
  /// Which invariants are violated in some run that the edges of a group allow, or in every one.
  public struct RunsBisect: Answer {
    public var question: String { "bisect" }

    /// The first cut at which an invariant can be violated.
    public struct First: Codable, Sendable {
      /// The event of the causal order by which the cut became possible; null for the cut before all events.
      @Nullable public private(set) var offset: Offset?
      @Nullable public private(set) var event: GroupEvent?
      /// The least bad cut among those that the event made possible.
      public let cut: VectorCut
      /// Whether the recorded order passes the cut.
      public let inOrder: Bool
      /// An edge that would make the cut inconsistent: the recorded order has its cause first, but no edge says so.
      @Nullable public private(set) var forbiddenBy: CutCheck.Edge?

      init(
        offset: Offset?, event: GroupEvent?, cut: VectorCut, isInOrder: Bool,
        forbidding: CutCheck.Edge?
      ) {
        self.cut = cut
        inOrder = isInOrder
        self.offset = offset
        self.event = event
        forbiddenBy = forbidding
      }
    }

    /// What is known of one invariant.
    public struct Finding: Codable, Sendable {
      public let name: String
      /// Only state invariants have a verdict at a cut; others are not judged.
      public let kind: InvariantDescriptor.Kind
      @Nullable public private(set) var place: String?
      /// Whether it is violated in some run, or in every one; null if that is not known.
      @Nullable public private(set) var violated: Bool?
      /// How that was found; null if it was not judged.
      @Nullable public private(set) var method: DetectionMethod?
      /// `exact`; `bounded` if a limit was reached; `none` if it was not judged.
      public let guarantee: String
      /// How many intervals of cuts, one for each event, or levels were looked at, and of how many.
      @Nullable public private(set) var lookedAt: UInt64?
      @Nullable public private(set) var of: UInt64?
      /// How many cuts were judged one by one.
      public let cuts: UInt64
      @Nullable public private(set) var first: First?
      /// Why it was not judged.
      @Nullable public private(set) var reason: String?

      init(_ invariant: InvariantDescriptor, notJudged: String) {
        name = invariant.name
        kind = invariant.kind
        guarantee = "none"
        cuts = 0
        place = invariant.place?.description
        reason = notJudged
      }

      init(_ invariant: InvariantDescriptor, _ found: Possibly, _ first: First?) {
        self.init(
          invariant,
          found.first != nil || found.extent != .exact ? found.first.map { _ in true } : false,
          found.method, found.extent, found.cutCount)
        self.first = first
      }

      init(_ invariant: InvariantDescriptor, _ found: Definitely) {
        self.init(invariant, found.holds, found.method, found.extent, found.cutCount)
      }

      private init(
        _ invariant: InvariantDescriptor, _ violated: Bool?, _ method: DetectionMethod,
        _ extent: DetectionExtent, _ cuts: UInt64
      ) {
        name = invariant.name
        kind = invariant.kind
        self.cuts = cuts
        if case .bounded(let lookedAt, let all) = extent {
          guarantee = violated == true ? "exact" : "bounded"
          self.lookedAt = lookedAt
          of = all
        } else {
          guarantee = "exact"
        }
        place = invariant.place?.description
        self.violated = violated
        self.method = method
      }
    }

    public let machine: Machine
    public let runs: Runs
    /// The last cut that was looked at.
    public let cut: VectorCut
    public internal(set) var invariants: [Finding] = []
    /// The work it took; `judgedBefore` is the cut up to which the cuts of the runs were known from earlier answers.
    public internal(set) var work = Replayer.Work()
    @Seconds public internal(set) var seconds: Duration

    init(_ machine: MachineDescriptor, _ runs: Runs, cut: VectorCut) {
      self.machine = Machine(machine)
      self.runs = runs
      self.cut = cut
    }

    /// Whether every state invariant holds, some is violated, or it cannot be said.
    public var outcome: Verdict {
      if invariants.contains(where: { $0.violated == true }) { return .violated }
      return invariants.contains { $0.violated == nil && $0.kind == .state } ? .undefined : .holds
    }
  }
}

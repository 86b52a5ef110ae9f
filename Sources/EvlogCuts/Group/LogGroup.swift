import EvlogReplay
public import EvlogStore
public import SystemPackage

/// Several logs that are looked at together, and the rules by which their events caused one another.
///
///     let shop = try LogGroup([
///       .init("orders", try EventLog.openReadOnly("orders.evlog")),
///       .init("payments", try EventLog.openReadOnly("payments.evlog")),
///     ], edges: [.causation])
///     let history = try shop.history()
///     try history.causality.nearestBelow(VectorCut("orders=5077,payments=813"))
public struct LogGroup: Sendable {
  /// A line of the group: a log, or one of its streams.
  public struct Member: Sendable {
    /// The name, as it is written in cuts.
    public let name: String
    /// The events.
    public let history: any History
    /// The only stream that belongs to it; nil for the whole history.
    public let stream: String?

    public init(_ name: String, _ history: any History, stream: String? = nil) {
      self.name = name
      self.history = history
      self.stream = stream
    }
  }

  /// The lines, in the order of the positions of cuts.
  public let members: [Member]
  /// Where edges come from.
  public let edges: [EdgeRule]
  /// What orders events that the edges leave open: a number, or a text that orders as such. Their time by default.
  public let order: EventField
  /// What to do with references to events that are not in the group.
  public let dangling: DanglingReferences

  /// Throws ``CausalityError`` for a name that cannot be written in a cut.
  public init(
    _ members: [Member], edges: [EdgeRule] = [.causation], order: EventField = .time,
    dangling: DanglingReferences = .refused
  ) throws(CausalityError) {
    guard !members.isEmpty else { throw CausalityError(.invalidGroup, "A group needs a log") }
    try VectorCut.check(members.map(\.name))
    self.members = members
    self.edges = edges
    self.order = order
    self.dangling = dangling
  }

  /// The names of the lines.
  public var names: [String] { members.map(\.name) }

  /// Reads all events for their edges, and brings them into one causal order.
  ///
  /// Throws ``CausalityError`` where edges contradict one another or lead nowhere, with both events, and
  /// `EventLogError`.
  ///
  /// With a path to keep caches at, clocks and order are in the file `PATH.clocks`, and the events are read only if
  /// they are not the ones that it was made of; `unused` gets the reason if such a file could not be used or made.
  /// Snapshots are in the folder `PATH.snapshots`.
  public func history(
    caches path: FilePath? = nil, unused: (String) -> Void = { _ in }
  ) throws -> CausalHistory {
    guard let path else { return try CausalHistory(self) }
    let cache = GroupCache(path: FilePath("\(path).clocks"))
    let folder = SideFolder(FilePath("\(path).snapshots"))
    do {
      if let kept = try cache.read(for: self) { return CausalHistory(self, kept, folder) }
    } catch let error as Unusable {
      // It is made again after every append, which needs no word.
      if error.cause != .mismatch {
        unused("the kept clocks at \(cache.path) are not used: \(error)")
      }
    } catch is ByteReader.Malformed {
      unused("the kept clocks at \(cache.path) are not used: they are damaged")
    } catch let error as Errno {
      unused("the kept clocks at \(cache.path) cannot be read: \(error)")
    }
    let history = try CausalHistory(self, passing: nil, folder)
    do { try cache.write(history.reading, of: self) } catch let error as Errno {
      unused("the clocks cannot be kept at \(cache.path): \(error)")
    }
    return history
  }
}

public import EvlogReplay
public import EvlogStore
import Synchronization

/// Runs commands on a log in turns that are atomic, deterministic and checked.
///
///     let accounts = try TurnRunner(Account(), on: log)
///     try await accounts.run(.deposit(12_00), on: "account-7")
///     try await accounts.run(.withdraw(40_00), on: "account-7")  // throws TurnError.violates
///
/// A turn loads the stream's state, decides, encodes the events, reduces them as a replay would, judges the
/// invariants, and only then appends, expecting the revision that it was decided on. If another turn came
/// first, it is decided again. A turn that throws has written nothing.
///
/// Turns of different streams run side by side and share syncs; those of one stream wait for each other. States
/// are kept, so a turn on a recently used stream reads nothing.
public final class TurnRunner<D: Decider>: Sendable {
  /// How turns are run.
  public struct Options: Sendable {
    /// How often a turn is decided before it gives up.
    public var attempts: Int = 8
    /// How many streams are kept in memory; the least recently used one is dropped.
    public var streamLimit: Int = 10_000
    /// The clock of the turns, which is the time in the log and in the reducer's context.
    public var now: @Sendable () -> Timestamp = Timestamp.now
    /// Whether the machine's newest snapshot is used, so that a stream's beginning need not be read.
    public var usesSnapshots: Bool = true

    public init() {}
  }

  /// The machine that decides.
  public let decider: D
  /// The log that the turns are appended to.
  public let log: EventLog
  let options: Options
  let machine: MachineDescriptor

  private let shared: Mutex<SharedTurns>
  private let snapshot: Beginning<D>?

  /// Throws `EventLogError` if the log cannot be read, and `TurnError` if the decider's scope is not the
  /// stream.
  public init(_ decider: D, on log: EventLog, options: Options = Options()) throws {
    let machine = decider.program.descriptor
    guard machine.scope == .stream else {
      throw TurnError.scope(machine: machine.name, machine.scope)
    }
    self.decider = decider
    self.log = log
    self.options = options
    self.machine = machine
    shared = Mutex(SharedTurns(orders: try Orders(of: machine.name, in: log)))
    snapshot =
      options.usesSnapshots
      ? Self.snapshot(of: decider, machine, log) : nil
  }

  // MARK: Turns

  /// Decides a command on a stream and appends what was decided.
  ///
  /// Throws what `decide` throws, `TurnError` if the turn is refused, and `EventLogError`.
  @discardableResult
  public func run(_ command: D.Command, on stream: String, _ details: TurnDetails = TurnDetails())
    async throws -> Turned<D>
  {
    try await turn(on: [stream], details) { decided throws in
      try self.add(command, on: stream, to: &decided, details)
    }
  }

  /// Decides several commands, each on its stream, as one turn: all of it is in the log, or none of it.
  ///
  ///     try await accounts.run([(.withdraw(5_00), "account-7"), (.deposit(5_00), "account-8")])
  ///
  /// A command sees what the commands before it decided.
  @discardableResult
  public func run(
    _ commands: [(command: D.Command, stream: String)], _ details: TurnDetails = TurnDetails()
  ) async throws -> Turned<D> {
    // Not by key paths: those of a generic type are made again each time, which takes microseconds.
    try await turn(on: commands.map { $0.stream }, details) { decided throws in
      for (command, stream) in commands {
        try self.add(command, on: stream, to: &decided, details)
      }
    }
  }

  /// What was decided, command by command.
  private struct Decided {
    var pending: PendingTurn
    let taken: [StreamSlot]
    let orders: Orders
    var events: [D.Event] = []
    /// The streams of the commands.
    var asked: [StreamState<D>] = []
  }

  private func turn(
    on streams: [String], _ details: TurnDetails, _ decide: (inout Decided) throws -> Void
  ) async throws -> Turned<D> {
    // Always in the order of the names, so that two turns cannot wait for each other.
    var taken: [StreamSlot] = []
    for name in try Self.distinctNames(streams) {
      let (slot, isFree) = take(name)
      if !isFree { await wait(for: slot) }
      taken.append(slot)
    }
    defer { for slot in taken { give(slot) } }
    if let id = details.id, let offsets = try log.offsets(ofTurn: id) {
      return try known(streams, taken, id, offsets)
    }
    for attempt in 1...max(1, options.attempts) {
      // Those that are known before it is decided: another turn may come to know more meanwhile.
      let orders = shared.withLock { $0.orders }
      var decided = Decided(
        pending: PendingTurn(time: options.now(), base: log.end.offsetAfter), taken: taken,
        orders: orders)
      do { try decide(&decided) } catch {
        try decided.pending.takeBack()
        // Perhaps it was only decided so because another turn, or an order, was not yet known.
        if try readNews(of: taken, since: orders) { continue }
        throw error
      }
      let pending = decided.pending
      if pending.isEmpty {
        if try readNews(of: taken, since: orders) { continue }
        return turned(decided, attempt)
      }
      // Made before it waits for the disk: what was just used is near.
      var turned = turned(decided, attempt)
      let appended: Appended
      do throws(EventLogError) {
        appended = try await log.append(pending.turn(details, orders))
      } catch {
        try pending.takeBack()
        guard error.code == .wrongExpectedRevision else {
          // Perhaps it is in the log all the same: the streams are read again.
          for slot in taken { slot.state = nil }
          throw error
        }
        _ = try readNews(of: taken, since: orders)
        continue
      }
      shared.withLock { $0.orders.pass(appended.offsets.cutAfter) }
      if try pending.settle(at: appended) { turned = self.turned(decided, attempt) }
      turned.appended = appended
      return turned
    }
    throw TurnError.conflict(
      stream: streams.joined(separator: "', '"), attempts: options.attempts)
  }

  /// The streams' names, each once and in their order.
  private static func distinctNames(_ streams: [String]) throws -> [Name] {
    if streams.count == 1 { return [Name(streams[0])] }
    let names = Set(streams.map { Name($0) }).sorted()
    guard Set(streams).count == names.count else {
      throw TurnError.sameNames(names.map { $0.string })
    }
    return names
  }

  /// Decides a command and adds what was decided.
  private func add(
    _ command: D.Command, on stream: String, to decided: inout Decided, _ details: TurnDetails
  ) throws {
    let slot = Self.slot(of: stream, in: decided.taken)
    let state = try loaded(slot, decided.orders)
    if let quarantine = state.quarantine { throw TurnError.quarantined(quarantine) }
    let events = try decider.decide(command, state.state)
    var encoded: [EncodedEvent] = []
    for event in events { encoded.append(try decider.encode(event, to: stream)) }
    try decided.pending.add(encoded, to: state, machine, details)
    if decided.events.isEmpty { decided.events = events } else { decided.events += events }
    decided.asked.append(state)
  }

  /// The one of a stream, which is among those that were taken.
  private static func slot(of stream: String, in taken: [StreamSlot]) -> StreamSlot {
    if taken.count > 1, let slot = taken.first(where: { $0.name == Name(stream) }) { return slot }
    return taken[0]
  }

  private func turned(_ decided: Decided, _ attempts: Int) -> Turned<D> {
    var states: [D.State] = []
    for stream in decided.asked { states.append(stream.state) }
    return Turned(events: decided.events, appended: nil, states: states, attempts: attempts)
  }

  /// Reads what others appended to some streams, and the orders; false where there is nothing new.
  private func readNews(of taken: [StreamSlot], since known: Orders) throws -> Bool {
    let orders = try newestOrders()
    var hasNews = orders.count != known.count
    for slot in taken {
      guard let state = slot.state.map(typed) else { continue }
      let count = state.count
      try load(state, of: slot, orders)
      if state.count != count { hasNews = true }
    }
    return hasNews
  }

  /// A turn that is in the log already.
  private func known(
    _ streams: [String], _ taken: [StreamSlot], _ id: String, _ offsets: Range<Offset>
  ) throws -> Turned<D> {
    let orders = shared.withLock { $0.orders }
    return Turned(
      events: [],
      appended: Appended(offsets: offsets, wasAlreadyThere: true),
      states: try streams.map {
        try loaded(Self.slot(of: $0, in: taken), orders, isCurrent: true).state
      }, attempts: 0)
  }

  // MARK: States

  /// The state of a stream as the log has it now.
  public func state(of stream: String) async throws -> D.State {
    try await having(stream) { slot in
      try loaded(slot, shared.withLock { $0.orders }, isCurrent: true).state
    }
  }

  /// Drops what is kept of a stream: it is read again, from its beginning, when it is next used.
  public func forget(_ stream: String) async {
    await having(stream) { slot in
      slot.state = nil
      snapshot?.drop(slot.name)
    }
  }

  /// Runs a body while no other task has the stream.
  private func having<Result, Failure: Error>(
    _ stream: String, _ body: (StreamSlot) async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    let (slot, isFree) = take(Name(stream))
    if !isFree { await wait(for: slot) }
    defer { give(slot) }
    return try await body(slot)
  }

  /// The stream's slot, and whether it was free and is taken now.
  private func take(_ name: Name) -> (slot: StreamSlot, isFree: Bool) {
    let limit = max(1, options.streamLimit)
    return shared.withLock { $0.take(name, limit: limit) }
  }

  /// Waits until it is this one's turn to have a stream.
  private func wait(for slot: StreamSlot) async {
    await withCheckedContinuation { continuation in
      let isFree = shared.withLock { $0.take(slot, or: continuation) }
      if isFree { continuation.resume() }
    }
  }

  private func give(_ slot: StreamSlot) { shared.withLock { $0.give(slot) } }

  private func newestOrders() throws -> Orders {
    try shared.withLock { shared in
      try shared.orders.readTail(of: log)
      return shared.orders
    }
  }

  /// A stream's state, read once; with `isCurrent`, also what others appended since. The stream is taken.
  private func loaded(_ slot: StreamSlot, _ orders: Orders, isCurrent: Bool = false) throws
    -> StreamState<D>
  {
    guard let known = slot.state else { return try read(slot, orders) }
    let state = typed(known)
    if isCurrent || orders.last[slot.name]?.offset != state.order {
      try load(state, of: slot, orders)
    }
    return state
  }

  private func read(_ slot: StreamSlot, _ orders: Orders) throws -> StreamState<D> {
    let state = StreamState(slot.name.string, decider)
    if let snapshot, let cell = snapshot.cell(of: slot.name) {
      try state.start(from: cell, at: snapshot.cut, log)
    }
    try load(state, of: slot, orders)
    slot.state = state
    return state
  }

  /// All streams of a runner are of its decider.
  private func typed(_ stream: TrackedStream) -> StreamState<D> {
    unsafe unsafeDowncast(stream, to: StreamState<D>.self)
  }

  /// Reads what the log has beyond what a state knows. One that could not be read is not kept.
  private func load(_ state: StreamState<D>, of slot: StreamSlot, _ orders: Orders) throws {
    do { try state.load(from: log, machine, orders) } catch {
      slot.state = nil
      throw error
    }
    let isBad = state.quarantine != nil
    shared.withLock { shared in
      if isBad {
        shared.quarantined.insert(slot.name)
      } else {
        shared.quarantined.remove(slot.name)
      }
    }
  }

  // MARK: Quarantine

  /// Takes a stream out of use, or records that it is out of use already; others go on.
  ///
  /// The order is recorded in the log, in the stream `evlog.quarantine.NAME`.
  public func quarantine(_ stream: String, because reason: String) async throws {
    try await order(stream, isRelease: false, reason)
  }

  /// Lets a stream take turns again, whatever is violated in it now. What becomes violated later counts
  /// again.
  ///
  /// A violated invariant is not judged until it holds again: turns that would break it once more are accepted.
  /// So heal the stream first if you can, or soon after.
  ///
  /// The order is recorded in the log, in the stream `evlog.quarantine.NAME`. Throws
  /// ``TurnError/notQuarantined(stream:)`` if there is nothing to release, and ``TurnError/quarantined(_:)`` if
  /// the stream's events cannot be reduced, because no order helps there.
  public func release(_ stream: String, because reason: String) async throws {
    try await order(stream, isRelease: true, reason)
  }

  private func order(_ stream: String, isRelease: Bool, _ reason: String) async throws {
    try await having(stream) { slot in
      if isRelease {
        guard let quarantine = try loaded(slot, newestOrders(), isCurrent: true).quarantine else {
          throw TurnError.notQuarantined(stream: stream)
        }
        if case .machine = quarantine.reason { throw TurnError.quarantined(quarantine) }
      }
      let event = Orders.event(stream, of: machine.name, isRelease: isRelease, reason: reason)
      try await log.append(Turn(own: [event]))
      _ = try loaded(slot, newestOrders(), isCurrent: true)
    }
  }

  /// Why a stream takes no turns; nil if it does.
  public func quarantine(of stream: String) async throws -> Quarantine? {
    try await having(stream) { slot in
      try loaded(slot, newestOrders(), isCurrent: true).quarantine
    }
  }

  /// The streams that take no turns, as far as this runner has looked at them.
  public func quarantined() async throws -> [Quarantine] {
    var found: [Quarantine] = []
    let orders = try newestOrders()
    let known = shared.withLock { $0.quarantined }
    let ordered = orders.last.filter { !$0.value.isRelease }.map(\.key)
    for name in known.union(ordered).sorted() {
      if let quarantine = try await quarantine(of: name.string) { found.append(quarantine) }
    }
    return found
  }

  // MARK: Snapshots

  private static func snapshot(of decider: D, _ machine: MachineDescriptor, _ log: EventLog)
    -> Beginning<D>?
  {
    let usable = SnapshotStore(log: log).usable(for: machine, to: log.end, atMost: 1).snapshots
    guard let snapshot = usable.last else { return nil }
    let execution = CompiledHost(decider)
    // A cache that cannot be read is not used: every event is reduced again.
    guard (try? execution.restore(snapshot.saved)) != nil else { return nil }
    return Beginning(execution: execution, cut: snapshot.cut)
  }

  /// Saves the states of all streams, so that the next runner need not read their beginnings.
  public func saveSnapshot() async throws {
    let log = log
    let program = decider.program
    let store = SnapshotStore(log: log)
    var work = Replayer.Work()
    let cut = log.end
    let execution = try Replayer(program, over: log, snapshots: store, savesSnapshots: false)
      .execution(at: cut, work: &work)
    try store.save(execution, of: program.descriptor, at: cut)
  }
}

/// The states of a snapshot, until they are let go.
final class Beginning<D: Decider>: Sendable {
  let cut: Cut
  private let cells: CellTable<CompiledHost<D>.Cell>
  private let dropped = Mutex<Set<Name>>([])

  init(execution: CompiledHost<D>, cut: Cut) {
    cells = execution.cells
    self.cut = cut
  }

  func cell(of stream: Name) -> CompiledHost<D>.Cell? {
    dropped.withLock { $0.contains(stream) } ? nil : cells[stream]
  }
  func drop(_ stream: Name) { dropped.withLock { _ = $0.insert(stream) } }
}

import EvlogCore
import EvlogJSON
import EvlogMachine

/// Explores two machines as one: the newer one's states, and beside each of them the state that the older machine has
/// after the events that it sees.
final class SquareExplorer<E: Explorer>: Explorer {
  struct Node: Sendable {
    let new: E.Node
    /// What a host of the older machine saved.
    let old: [UInt8]
  }

  private let new: E
  private let old: any Host
  /// The state of the older machine before its first event.
  private let oldInitial: JSONValue
  private let mapper: any RefinementMapper
  private let narrows: Set<String>
  private let setup: ExplorerSetup
  private let key: String?

  init(
    _ new: E, _ old: any Program, _ mapping: any RefinementMapping, _ setup: ExplorerSetup
  ) throws(MachineError) {
    self.new = new
    self.setup = setup
    narrows = mapping.narrows
    mapper = try mapping.makeMapper()
    key = old.descriptor.scope == .log ? nil : setup.key
    self.old = try old.makeHost(HostSetup(judged: []))
    guard let explorer = try old.makeExplorer(ExplorerSetup(key: setup.key, judged: [])) else {
      throw MachineError(
        .invalid, machine: old.descriptor.name, "What runs this machine cannot explore it")
    }
    oldInitial = try Self.initial(explorer)
  }

  private static func initial<O: Explorer>(_ explorer: O) throws(MachineError) -> JSONValue {
    try explorer.state(of: try explorer.beginning().node)
  }

  func beginning() throws(MachineError) -> Beginning<Node> {
    let found = try new.beginning()
    let square = try square(found.node, found.digest)
    return Beginning(
      Node(new: found.node, old: try old.save()), square.digest,
      issues: square.commutes ? [] : [Self.issue])
  }

  private static var issue: ExploredIssue { ExploredIssue(invariant: 0, isViolated: true) }

  /// Whether the older machine has the state that a node shows, and the digest of both.
  private func square(_ node: E.Node, _ digest: Digest) throws(MachineError) -> (
    digest: Digest, commutes: Bool
  ) {
    let before = try old.state(of: key) ?? oldInitial
    let seen = try mapper.abstract(try new.state(of: node))
    return (digest.chained(with: before.canonicalBytes), seen == before)
  }

  func expand(
    _ nodes: ArraySlice<Node>, at offset: Offset, isKnown: @escaping (Digest) -> Bool,
    into found: inout Expansion<Node>
  ) throws(MachineError) {
    var inner = Expansion<E.Node>()
    do throws(MachineError) {
      try new.expand(nodes.map(\.new)[...], at: offset, isKnown: { _ in false }, into: &inner)
    } catch {
      found.trying = inner.trying
      throw error
    }
    found.steps = inner.steps
    found.beyondBound = inner.beyondBound
    (found.types, found.regions) = (inner.types, inner.regions)
    var offered: [Int32: [NewEvent]] = [:]
    /// Runs the older machine over an event of a node; why it refuses it, if it does.
    func follow(_ place: ExploredPlace) throws(MachineError) -> MachineError? {
      let parent = nodes[nodes.startIndex + Int(place.node)]
      let events: [NewEvent]
      if let known = offered[place.node] {
        events = known
      } else {
        events = try new.events(in: parent.new, at: offset)
      }
      offered[place.node] = events
      var event = RecordedEvent(
        events[Int(place.event)], offset: offset, revision: Revision(UInt64(offset)))
      event.recordedAt = setup.time
      try old.restore(parent.old)
      let mapped = try mapper.events(for: event)
      do throws(MachineError) { try old.run(mapped[...], checks: false) { _ in } } catch {
        return error
      }
      return nil
    }
    for arrival in inner.arrivals {
      found.trying = arrival.place
      if var refusal = try follow(arrival.place) {
        refusal.message = "The older machine refuses it: \(refusal.message)"
        let type = offered[arrival.place.node]?[Int(arrival.place.event)].type ?? ""
        found.failures.append((arrival.place, type, refusal))
        continue
      }
      let square = try square(arrival.node, arrival.digest)
      if isKnown(square.digest) { continue }
      found.arrivals.append(
        .init(arrival.place, square.digest, Node(new: arrival.node, old: try old.save())))
      if !square.commutes { found.stateIssues.append((found.arrivals.count - 1, Self.issue)) }
    }
    // What both refuse, and what the newer machine may refuse, is no event for either.
    for failure in inner.failures where !narrows.contains(failure.type) {
      found.trying = failure.place
      if try follow(failure.place) == nil { found.failures.append(failure) }
    }
  }

  func events(in node: Node, at offset: Offset) throws(MachineError) -> [NewEvent] {
    try new.events(in: node.new, at: offset)
  }

  func state(of node: Node) throws(MachineError) -> JSONValue {
    try old.restore(node.old)
    let before = try old.state(of: key) ?? oldInitial
    let newer = try new.state(of: node.new)
    return .object(
      JSONObject([("new", newer), ("seen", try mapper.abstract(newer)), ("old", before)]))
  }
}

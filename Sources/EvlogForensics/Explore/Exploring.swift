import EvlogCore
import EvlogMachine
import EvlogReplay
import Synchronization

/// An exploration under way: breadth first, level by level.
///
/// The states of a level are shared out to the workers, which only look states up. What they find is put together by one
/// thread, in the order of the states, so the answer is the same with any number of workers.
final class Exploring<E: Explorer>: @unchecked Sendable {
  private let explorers: [E]
  private let limits: ExplorationLimits
  private let firstOffset: Offset
  private let progress: (@Sendable (UInt64) -> Void)?
  private let visited = VisitedStates()
  private let start = ContinuousClock.now
  private var tally = MoveTally()
  private(set) var space: ExploredSpace
  /// By invariant, where it is in the findings.
  private let places: [Int: Int]
  /// By finding and by failure, the state and the event of the example.
  private(set) var examples: [Int: Example] = [:]
  private(set) var failureExamples: [Example] = []
  private(set) var endExample: Example?
  private var depth = 0

  /// A state, and an event that was executed in it; no event, for the state by itself.
  struct Example {
    let state: UInt32
    let event: Int?
  }

  init(
    _ explorers: [E], _ space: ExploredSpace, judging judged: [Int], from offset: Offset,
    _ limits: ExplorationLimits, progress: (@Sendable (UInt64) -> Void)?
  ) {
    self.explorers = explorers
    self.limits = limits
    self.progress = progress
    self.space = space
    firstOffset = offset
    places = Dictionary(uniqueKeysWithValues: judged.enumerated().map { ($1, $0) })
  }

  /// The events that lead to an example, by their numbers.
  func path(to example: Example) -> [Int] {
    visited.path(to: example.state) + (example.event.map { [$0] } ?? [])
  }

  func run() async throws {
    let beginning = try explorers[0].beginning()
    _ = visited.insert(beginning.digest, from: VisitedStates.none, by: 0)
    for issue in beginning.issues { note(issue, Example(state: 0, event: nil)) }
    checkCounts()
    var level = [beginning.node]
    var first: UInt32 = 0
    // A round that takes long is cut off late, a short one keeps the workers waiting for each other.
    var roundCount = 256
    while !level.isEmpty, !isOver {
      space.depth = depth
      if depth == limits.depth {
        space.bounds.append(.depth)
        break
      }
      var next: [E.Node] = []
      var place = 0
      while place < level.count, !isOver {
        try Task.checkCancellation()
        let began = ContinuousClock.now
        let round = place..<min(level.count, place + roundCount)
        try await explore(level[round], from: first + UInt32(place), into: &next)
        place = round.upperBound
        checkTime()
        let took = ContinuousClock.now - began
        if took < .milliseconds(50) { roundCount = min(2 * roundCount, 1 << 14) }
        if took > .milliseconds(400) { roundCount = max(roundCount / 2, 16) }
        progress?(UInt64(visited.count))
      }
      if !next.isEmpty { space.depth = depth + 1 }
      first += UInt32(level.count)
      level = next
      depth += 1
    }
    if space.beyondBound > 0 { space.bounds.append(.machine) }
    space.distinct = visited.count
    space.visitedBytes = visited.byteCount
    space.moves = tally.moves
  }

  private var isOver: Bool { !space.bounds.isEmpty }

  private func checkTime() {
    guard !isOver else { return }
    if limits.isInterrupted() { space.bounds.append(.interrupted) }
    if let duration = limits.duration, ContinuousClock.now - start >= duration {
      space.bounds.append(.seconds)
    }
  }

  // MARK: A round

  /// What came of some states of a level that follow one another.
  private struct Part: Sendable {
    let first: UInt32
    let count: Int
    var found: Expansion<E.Node>
    var error: MachineError?
  }

  /// Some states of a level, of which each worker takes a few at a time.
  private final class Round: Sendable {
    let nodes: ArraySlice<E.Node>
    /// The number of the first.
    let first: UInt32
    let offset: Offset
    /// How many are taken at a time.
    let size: Int
    private let taken = Atomic<Int>(0)

    init(_ nodes: ArraySlice<E.Node>, from first: UInt32, at offset: Offset, workers: Int) {
      self.nodes = nodes
      self.first = first
      self.offset = offset
      size = max(8, min(256, nodes.count / (4 * workers)))
    }

    /// The next few, by their places.
    func take() -> Range<Int>? {
      let place = taken.add(size, ordering: .relaxed).oldValue
      return place < nodes.count ? place..<min(nodes.count, place + size) : nil
    }
  }

  private func explore(
    _ nodes: ArraySlice<E.Node>, from first: UInt32, into next: inout [E.Node]
  ) async throws {
    let round = Round(
      nodes, from: first, at: Offset(UInt64(firstOffset) + UInt64(depth)), workers: explorers.count)
    var parts: [Part] = []
    if explorers.count == 1 || nodes.count <= round.size {
      parts = work(0, at: round)
    } else {
      parts = await withTaskGroup(of: [Part].self) { group in
        for i in explorers.indices { group.addTask { self.work(i, at: round) } }
        return await group.reduce(into: []) { $0 += $1 }
      }
      parts.sort { $0.first < $1.first }
    }
    for part in parts where !isOver {
      if var error = part.error {
        // An event has an offset only in a log.
        error.offset = nil
        let place = part.found.trying
        endExample = Example(state: part.first + UInt32(place.node), event: Int(place.event))
        space.end = ExploredSpace.Failure(type: "", error: error)
        space.bounds.append(.failure)
      } else {
        merge(part, into: &next)
      }
    }
  }

  private func work(_ worker: Int, at round: Round) -> [Part] {
    var parts: [Part] = []
    while let places = round.take() {
      let start = round.nodes.startIndex
      var part = Part(
        first: round.first + UInt32(places.lowerBound), count: places.count, found: Expansion())
      do throws(MachineError) {
        try explorers[worker].expand(
          round.nodes[start + places.lowerBound..<start + places.upperBound], at: round.offset,
          isKnown: visited.contains, into: &part.found)
      } catch { part.error = error }
      parts.append(part)
      if part.error != nil { break }
    }
    return parts
  }

  /// Adds what came of some states, one after the other.
  private func merge(_ part: Part, into next: inout [E.Node]) {
    let found = part.found
    let types = tally.typeNumbers(found.types)
    let regions = tally.regionNumbers(found.regions)
    var (step, arrival, issue, stepIssue, failure, beyond) = (0, 0, 0, 0, 0, 0)
    for node in 0..<part.count {
      let state = part.first + UInt32(node)
      let before = step + failure
      while step < found.steps.count, found.steps[step].node == node {
        let made = found.steps[step]
        tally.add(
          types[Int(made.type)], from: regions.isEmpty ? 0 : regions[Int(made.from)],
          to: regions.isEmpty ? 0 : regions[Int(made.to)])
        step += 1
      }
      while failure < found.failures.count, found.failures[failure].place.node == node {
        note(found.failures[failure], of: state)
        failure += 1
      }
      let executed = step + failure - before
      space.generated += UInt64(executed)
      let isBeyond = beyond < found.beyondBound.count && found.beyondBound[beyond] == node
      if isBeyond { beyond += 1 }
      if isBeyond { space.beyondBound += 1 } else if executed == 0 { space.ends += 1 }
      while stepIssue < found.stepIssues.count, found.stepIssues[stepIssue].place.node == node {
        let (place, issue) = found.stepIssues[stepIssue]
        note(issue, Example(state: state, event: Int(place.event)))
        stepIssue += 1
      }
      while arrival < found.arrivals.count, found.arrivals[arrival].place.node == node {
        let new = found.arrivals[arrival]
        let isNew = visited.insert(new.digest, from: state, by: UInt32(new.place.event))
        if isNew { next.append(new.node) }
        while issue < found.stateIssues.count, found.stateIssues[issue].arrival == arrival {
          if isNew {
            note(
              found.stateIssues[issue].issue,
              Example(state: UInt32(visited.count - 1), event: nil))
          }
          issue += 1
        }
        arrival += 1
        if isFull { break }
      }
      checkCounts()
      if isOver { return }
    }
  }

  private var isFull: Bool { visited.count >= min(limits.states ?? .max, VisitedStates.limit) }

  private func checkCounts() {
    if isFull { space.bounds.append(.states) }
    if space.isViolated,
      !limits.goesOn || space.findings.allSatisfy({ $0.violations > 0 })
    {
      space.bounds.append(.violation)
    }
  }

  private func note(_ issue: ExploredIssue, _ example: Example) {
    guard let place = places[issue.invariant] else { return }
    if issue.isViolated {
      space.findings[place].violations += 1
      if space.findings[place].violations == 1 { examples[place] = example }
    } else {
      space.findings[place].undefined += 1
      if space.findings[place].undefined == 1 {
        space.findings[place].undefinedReason = issue.reason
        if space.findings[place].violations == 0 { examples[place] = example }
      }
    }
  }

  private func note(
    _ failure: (place: ExploredPlace, type: String, error: MachineError), of state: UInt32
  ) {
    var error = failure.error
    error.offset = nil
    // What a message says may be different in each state.
    let known = space.failures.firstIndex {
      $0.type == failure.type && $0.error.kind == error.kind && $0.error.handler == error.handler
        && $0.error.place == error.place
    }
    if let known {
      space.failures[known].count += 1
    } else {
      space.failures.append(ExploredSpace.Failure(type: failure.type, error: error))
      failureExamples.append(Example(state: state, event: Int(failure.place.event)))
    }
  }
}

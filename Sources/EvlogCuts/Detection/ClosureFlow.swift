/// A set of nodes that holds whatever its nodes need and has the least weight, found by a maximum flow.
///
/// Negative weights are sources, positive ones sinks, and flow goes from a node to what it needs. The nodes of
/// a line need each other in turn. The flow is first routed within lines, from each source to the nearest sinks
/// before it. Then each source that has something left looks for the nearest sink along arcs that are open
/// (Edmonds and Karp 1972). From what was seen in vain no sink will be reached later either: no flow enters it
/// any more. So it is not looked at again, and where sinks are near or cannot be reached, the time is that of
/// looking at each arc once.
struct ClosureFlow {
  private var weights: [Int64] = []
  /// The nodes of each line, in order.
  private var lines: [[Int]]
  /// The last arc of each node; each arc has the one before it. Arcs are in pairs, there and back.
  private var lastArc: [Int32] = []
  private var arcBefore: [Int32] = []
  private var target: [Int32] = []
  private var capacity: [Int64] = []
  /// For each node, the arc to the node before it in its line.
  private var arcToPrevious: [Int32] = []

  private static let unlimited = Int64.max / 4

  init(lineCount: Int) { lines = Array(repeating: [], count: lineCount) }

  /// Adds a node; nodes are numbered in the order in which they are added.
  mutating func addNode(weight: Int64, line: Int, after previous: Int?) -> Int {
    let node = weights.count
    weights.append(weight)
    lines[line].append(node)
    lastArc.append(-1)
    arcToPrevious.append(-1)
    if let previous {
      arcToPrevious[node] = Int32(target.count)
      addNeed(of: node, to: previous)
    }
    return node
  }

  /// Adds that a node needs another.
  mutating func addNeed(of node: Int, to needed: Int) {
    for (from, to, limit) in [(node, needed, Self.unlimited), (needed, node, 0)] {
      arcBefore.append(lastArc[from])
      lastArc[from] = Int32(target.count)
      target.append(Int32(to))
      capacity.append(limit)
    }
  }

  /// The least weight of a closed set; the empty one has weight 0.
  mutating func leastWeight() throws -> Int64 {
    var supply = weights.map { max(0, -$0) }
    var demand = weights.map { max(0, $0) }
    for line in lines.indices { routeWithin(line, &supply, &demand) }
    var search = Search(nodeCount: weights.count)
    for source in weights.indices {
      if source & 0xFFF == 0 { try Task.checkCancellation() }
      while supply[source] > 0, let sink = find(from: source, demand, &search) {
        let amount = push(min(supply[source], demand[sink]), from: source, to: sink, search)
        supply[source] -= amount
        demand[sink] -= amount
      }
    }
    // The sources that could not be routed are what can be gained.
    return -supply.reduce(0, +)
  }

  /// Routes from each node of a line to the nearest ones before it.
  private mutating func routeWithin(_ line: Int, _ supply: inout [Int64], _ demand: inout [Int64]) {
    var open: [Int] = []
    // How much more flow passes from a node to the one before it than from the node after.
    var change = [Int64](repeating: 0, count: lines[line].count + 1)
    for (i, node) in lines[line].enumerated() {
      if demand[node] > 0 { open.append(i) }
      while supply[node] > 0, let last = open.last {
        let sink = lines[line][last]
        let amount = min(supply[node], demand[sink])
        supply[node] -= amount
        demand[sink] -= amount
        change[i] += amount
        change[last] -= amount
        if demand[sink] == 0 { open.removeLast() }
      }
    }
    var amount: Int64 = 0
    for (i, node) in lines[line].enumerated().reversed() {
      amount += change[i]
      let arc = Int(arcToPrevious[node])
      if arc >= 0 {
        capacity[arc] -= amount
        capacity[arc + 1] += amount
      }
    }
  }

  /// What searches share.
  private struct Search {
    /// By which arc a node was reached.
    var arcs: [Int32]
    /// In which search it was.
    var numbers: [UInt32]
    var number: UInt32 = 0
    /// Whether no sink can be reached from it.
    var isDead: [Bool]
    var queue: [Int32] = []

    init(nodeCount: Int) {
      arcs = Array(repeating: -1, count: nodeCount)
      numbers = Array(repeating: 0, count: nodeCount)
      isDead = Array(repeating: false, count: nodeCount)
    }
  }

  /// The nearest sink that has something left, breadth first.
  private func find(from source: Int, _ demand: [Int64], _ search: inout Search) -> Int? {
    guard !search.isDead[source] else { return nil }
    search.number += 1
    search.numbers[source] = search.number
    search.queue.removeAll(keepingCapacity: true)
    search.queue.append(Int32(source))
    var next = 0
    while next < search.queue.count {
      let node = Int(search.queue[next])
      next += 1
      if demand[node] > 0 { return node }
      var arc = Int(lastArc[node])
      while arc >= 0 {
        let to = Int(target[arc])
        if capacity[arc] > 0, search.numbers[to] != search.number, !search.isDead[to] {
          search.numbers[to] = search.number
          search.arcs[to] = Int32(arc)
          search.queue.append(Int32(to))
        }
        arc = Int(arcBefore[arc])
      }
    }
    for node in search.queue { search.isDead[Int(node)] = true }
    return nil
  }

  /// Sends at most an amount along the way that was found; returns how much.
  private mutating func push(
    _ limit: Int64, from source: Int, to sink: Int, _ search: Search
  ) -> Int64 {
    var amount = limit
    var node = sink
    while node != source {
      let arc = Int(search.arcs[node])
      amount = min(amount, capacity[arc])
      node = Int(target[arc ^ 1])
    }
    node = sink
    while node != source {
      let arc = Int(search.arcs[node])
      capacity[arc] -= amount
      capacity[arc ^ 1] += amount
      node = Int(target[arc ^ 1])
    }
    return amount
  }
}

/// A set of nodes that holds whatever its nodes need and has the least weight, found by a maximum flow.
///
/// Negative weights are sources, positive ones sinks, and flow goes from a node to what it needs. The nodes of
/// a line need each other in turn. The flow is first routed within lines, from each source to the nearest sinks
/// before it, and then completed by Dinitz's algorithm (1970).
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
    while let levels = levels(supply, demand) {
      try Task.checkCancellation()
      block(levels, &supply, &demand)
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

  /// How far each node is from a source with something left; nil if no sink can be reached.
  private func levels(_ supply: [Int64], _ demand: [Int64]) -> [Int32]? {
    var levels = [Int32](repeating: -1, count: weights.count)
    var queue = supply.indices.filter { supply[$0] > 0 }
    for node in queue { levels[node] = 0 }
    var reaches = false
    var next = 0
    while next < queue.count {
      let node = queue[next]
      next += 1
      if demand[node] > 0 { reaches = true }
      var arc = Int(lastArc[node])
      while arc >= 0 {
        let to = Int(target[arc])
        if capacity[arc] > 0, levels[to] < 0 {
          levels[to] = levels[node] + 1
          queue.append(to)
        }
        arc = Int(arcBefore[arc])
      }
    }
    return reaches ? levels : nil
  }

  /// Sends as much as can go along arcs that lead to the next level.
  private mutating func block(
    _ levels: [Int32], _ supply: inout [Int64], _ demand: inout [Int64]
  ) {
    var current = lastArc
    for source in supply.indices where supply[source] > 0 {
      var path: [Int] = []
      var node = source
      while supply[source] > 0 {
        if demand[node] > 0 {
          let amount = path.reduce(min(supply[source], demand[node])) { min($0, capacity[$1]) }
          for arc in path {
            capacity[arc] -= amount
            capacity[arc ^ 1] += amount
          }
          supply[source] -= amount
          demand[node] -= amount
          // Go on from where the path is still open.
          if let full = path.firstIndex(where: { capacity[$0] == 0 }) {
            node = Int(target[path[full] ^ 1])
            path.removeSubrange(full...)
          }
          continue
        }
        let arc = Int(current[node])
        if arc >= 0 {
          if capacity[arc] > 0, levels[Int(target[arc])] == levels[node] + 1 {
            path.append(arc)
            node = Int(target[arc])
          } else {
            current[node] = arcBefore[arc]
          }
        } else if let back = path.popLast() {
          node = Int(target[back ^ 1])
          current[node] = arcBefore[Int(current[node])]
        } else {
          break
        }
      }
    }
  }
}

/// The longest sequence of equal elements that two sequences have in common, in the order of both.
///
/// By Hunt and Szymanski: of all pairs of equal elements, the longest chain that ascends in both.
struct CommonSubsequence {
  /// The indices of equal elements, in order.
  private(set) var pairs: [(first: Int, second: Int)] = []
  /// Whether there is none that is longer.
  private(set) var isLongest = true

  /// So many pairs of equal elements are looked at for each element, if there are very many of them.
  private static let fewPairs = 16
  private static let manyPairs = 1 << 20

  init<Key: Hashable>(_ first: [Key], _ second: [Key]) {
    let common = min(first.count, second.count)
    let start = (0..<common).first { first[$0] != second[$0] } ?? common
    let behind =
      (0..<common - start).first {
        first[first.count - 1 - $0] != second[second.count - 1 - $0]
      } ?? common - start
    pairs = (0..<start).map { ($0, $0) }
    let (ends, count) = ((first.count - behind, second.count - behind), behind)
    if start < ends.0, start < ends.1 {
      search(first, second, start..<ends.0, start..<ends.1)
    }
    pairs += (0..<count).map { (ends.0 + $0, ends.1 + $0) }
  }

  private mutating func search<Key: Hashable>(
    _ first: [Key], _ second: [Key], _ firsts: Range<Int>, _ seconds: Range<Int>
  ) {
    // The elements of the second one by their keys: of each key the indices, in order.
    var numbers: [Key: Int] = [:]
    let keys = seconds.map { i in
      let number = numbers[second[i]] ?? numbers.count
      numbers[second[i]] = number
      return number
    }
    var starts = [Int](repeating: 0, count: numbers.count + 1)
    for key in keys { starts[key + 1] += 1 }
    for i in 0..<numbers.count { starts[i + 1] += starts[i] }
    var (places, filled) = ([Int](repeating: 0, count: keys.count), starts)
    for (i, key) in keys.enumerated() {
      places[filled[key]] = seconds.lowerBound + i
      filled[key] += 1
    }
    let sought = firsts.map { numbers[first[$0]] }
    let pairCount = sought.reduce(0) { sum, key in
      sum + (key.map { starts[$0 + 1] - starts[$0] } ?? 0)
    }
    let isRestricted =
      pairCount > max(Self.manyPairs, Self.fewPairs * (firsts.count + seconds.count))
    isLongest = !isRestricted
    var ranks = [Int](repeating: 0, count: isRestricted ? numbers.count : 0)
    var chain = AscendingChain()
    for (i, key) in sought.enumerated() {
      guard let key else { continue }
      var range = starts[key]..<starts[key + 1]
      if isRestricted {
        // Those that come about as often before.
        let middle = range.lowerBound + ranks[key]
        ranks[key] += 1
        let few = Self.fewPairs / 2
        range = range.clamped(to: middle - few..<middle + few)
      }
      // Downwards, so that no two are in one chain.
      for place in range.reversed() { chain.add(firsts.lowerBound + i, places[place]) }
    }
    pairs += chain.longest
  }
}

/// The longest chain of pairs that ascends in both numbers, of pairs that come in the order of the first.
struct AscendingChain {
  private struct Link {
    let first, second: Int
    /// The link before it, or -1.
    let previous: Int
  }

  private var links: [Link] = []
  /// By length, the link with the least second number that ends a chain of that length.
  private var ends: [Int] = []

  /// Takes in a pair. Those of one first number must come with descending second numbers.
  mutating func add(_ first: Int, _ second: Int) {
    var (low, high) = (0, ends.count)
    // Mostly it goes on from the longest.
    if let last = ends.last, links[last].second < second { low = high }
    while low < high {
      let middle = (low + high) / 2
      if links[ends[middle]].second < second { low = middle + 1 } else { high = middle }
    }
    if low < ends.count, links[ends[low]].second == second { return }
    links.append(Link(first: first, second: second, previous: low == 0 ? -1 : ends[low - 1]))
    if low == ends.count {
      ends.append(links.count - 1)
    } else {
      ends[low] = links.count - 1
    }
  }

  /// The longest one; of several, the one whose numbers are the least at the end.
  var longest: [(first: Int, second: Int)] {
    var found: [(first: Int, second: Int)] = []
    found.reserveCapacity(ends.count)
    var next = ends.last ?? -1
    while next >= 0 {
      found.append((links[next].first, links[next].second))
      next = links[next].previous
    }
    return found.reversed()
  }
}

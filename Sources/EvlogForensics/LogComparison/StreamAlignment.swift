import EvlogCore

/// Finds the events of one history in another one, stream by stream.
///
/// It holds a digest and a few numbers for each event between the first difference and the end.
struct StreamAlignment {
  /// What an event of the first history is in the second.
  private enum Kind: UInt8 {
    case missing, equal, changed, moved
  }

  /// What is known of the events of one history.
  struct Side {
    var digests: [Digest] = []
    var streams: [UInt32] = []
    /// For each event the place of the one that it stands for, plus one; 0 if there is none.
    fileprivate var partners: [UInt32] = []
    /// The events of all streams, stream by stream, and where each stream begins.
    fileprivate var places: [UInt32] = []
    fileprivate var starts: [Int] = []

    mutating func add(_ digest: Digest, _ stream: UInt32) {
      digests.append(digest)
      streams.append(stream)
    }

    fileprivate mutating func sort(streamCount: Int) {
      partners = [UInt32](repeating: 0, count: digests.count)
      places = partners
      starts = [Int](repeating: 0, count: streamCount + 1)
      for stream in streams { starts[Int(stream) + 1] += 1 }
      for i in 0..<streamCount { starts[i + 1] += starts[i] }
      var filled = starts
      for (i, stream) in streams.enumerated() {
        places[filled[Int(stream)]] = UInt32(i)
        filled[Int(stream)] += 1
      }
    }

    fileprivate func events(of stream: Int) -> ArraySlice<UInt32> {
      places[starts[stream]..<starts[stream + 1]]
    }
  }

  private var first, second: Side
  private var kinds: [Kind]
  private var isInOrder: [Bool] = []
  private(set) var isShortest = true

  init(_ first: Side, _ second: Side, streamCount: Int) {
    (self.first, self.second) = (first, second)
    self.first.sort(streamCount: streamCount)
    self.second.sort(streamCount: streamCount)
    kinds = [Kind](repeating: .missing, count: first.digests.count)
    for stream in 0..<streamCount { findEqual(in: stream) }
  }

  /// The places of the events that stand for each other in order, plus one.
  var partnersInOrder: [UInt32] {
    zip(first.partners, isInOrder).map { $1 ? $0 : 0 }
  }

  private mutating func match(_ i: UInt32, _ j: UInt32, as kind: Kind) {
    kinds[Int(i)] = kind
    first.partners[Int(i)] = j + 1
    second.partners[Int(j)] = i + 1
  }

  /// Events that are equal: as many as possible in order, and those among the others that were moved.
  private mutating func findEqual(in stream: Int) {
    let (firsts, seconds) = (first.events(of: stream), second.events(of: stream))
    guard !firsts.isEmpty, !seconds.isEmpty else { return }
    let found = CommonSubsequence(
      firsts.map { first.digests[Int($0)] }, seconds.map { second.digests[Int($0)] })
    if !found.isLongest { isShortest = false }
    for (i, j) in found.pairs {
      match(firsts[firsts.startIndex + i], seconds[seconds.startIndex + j], as: .equal)
    }
    guard found.pairs.count < min(firsts.count, seconds.count) else { return }
    var moved: [Digest: [UInt32]] = [:]
    for j in seconds.reversed() where second.partners[Int(j)] == 0 {
      moved[second.digests[Int(j)], default: []].append(j)
    }
    for i in firsts where first.partners[Int(i)] == 0 {
      if let j = moved[first.digests[Int(i)]]?.popLast() { match(i, j, as: .moved) }
    }
  }

  // MARK: Changed events

  /// The events between two equal ones of a stream, in both histories.
  typealias Gap = (first: [UInt32], second: [UInt32])

  /// The gaps that have events of both histories: some of these are the same event, changed.
  func gaps() -> [Gap] {
    var gaps: [Gap] = []
    for stream in 0..<(first.starts.count - 1) {
      let (firsts, seconds) = (first.events(of: stream), second.events(of: stream))
      var (i, j) = (firsts.startIndex, seconds.startIndex)
      while i < firsts.endIndex, j < seconds.endIndex {
        var gap: Gap = ([], [])
        while i < firsts.endIndex, kinds[Int(firsts[i])] != .equal {
          if kinds[Int(firsts[i])] == .missing { gap.first.append(firsts[i]) }
          i += 1
        }
        let end = i < firsts.endIndex ? first.partners[Int(firsts[i])] - 1 : .max
        while j < seconds.endIndex, seconds[j] != end {
          if second.partners[Int(seconds[j])] == 0 { gap.second.append(seconds[j]) }
          j += 1
        }
        if !gap.first.isEmpty, !gap.second.isEmpty { gaps.append(gap) }
        (i, j) = (i + 1, j + 1)
      }
    }
    return gaps
  }

  /// Takes events in a gap for the same ones: those with the same data first, then those of the same type.
  mutating func findChanged(
    in gap: Gap, _ parts: (first: PartsTable, second: PartsTable)
  ) {
    var (firsts, seconds) = (gap.first[...], gap.second[...])
    func digests(_ places: ArraySlice<UInt32>, _ parts: PartsTable, _ counted: CountedParts)
      -> [Digest]
    {
      places.map { parts[$0]?.digest(of: counted) ?? .zero }
    }
    func pairs(
      _ firsts: ArraySlice<UInt32>, _ seconds: ArraySlice<UInt32>, by counted: CountedParts
    ) -> [(first: Int, second: Int)] {
      CommonSubsequence(
        digests(firsts, parts.first, counted), digests(seconds, parts.second, counted)
      ).pairs.map { ($0.first + firsts.startIndex, $0.second + seconds.startIndex) }
    }
    let sameData = pairs(firsts, seconds, by: .typeAndData) + [(firsts.endIndex, seconds.endIndex)]
    for (i, j) in sameData {
      let between = (firsts.prefix(upTo: i), seconds.prefix(upTo: j))
      for (i, j) in pairs(between.0, between.1, by: .type) {
        match(gap.first[i], gap.second[j], as: .changed)
      }
      guard i < gap.first.count, j < gap.second.count else { break }
      match(gap.first[i], gap.second[j], as: .changed)
      (firsts, seconds) = (firsts.suffix(from: i + 1), seconds.suffix(from: j + 1))
    }
  }

  // MARK: The order of all

  /// Finds the longest order of events of all streams that both histories have in common.
  mutating func findOrder() {
    var chain = AscendingChain()
    for (i, kind) in kinds.enumerated() where kind == .equal || kind == .changed {
      chain.add(i, Int(first.partners[i]) - 1)
    }
    isInOrder = [Bool](repeating: false, count: kinds.count)
    for (i, _) in chain.longest { isInOrder[i] = true }
  }

  /// Counts what differs, in the order of both. `start` is the cut of both at which the events begin.
  func count(
    into tally: inout DifferenceTally, from start: Cut, ignoringOrder: Bool,
    parts: (first: PartsTable, second: PartsTable)
  ) {
    var (i, j) = (0, 0)
    func add(first: Int?, second: Int?) {
      var kind = LogComparison.Difference.Kind.moved
      var differing: [EventPart] = []
      switch (first, second) {
      case (let first?, let second?):
        if kinds[first] == .equal, ignoringOrder { return }
        if kinds[first] == .changed {
          kind = .changed
          if let first = parts.first[UInt32(first)], let second = parts.second[UInt32(second)] {
            differing = first.differing(from: second)
          }
        }
      case (_?, nil): kind = .onlyInFirst
      default: kind = .onlyInSecond
      }
      tally.noteFirst(start + i, start + j, hasFirst: first == i, hasSecond: second == j)
      tally.add(
        kind, first.map { start.offsetAfter + $0 }, second.map { start.offsetAfter + $0 },
        ofStream: first.map { self.first.streams[$0] } ?? self.second.streams[second ?? 0],
        parts: differing)
    }
    while i < kinds.count || j < second.partners.count {
      let isMissing = (
        first: i < kinds.count && !isInOrder[i],
        second: j < second.partners.count && !isInOrder(second: j)
      )
      if !ignoringOrder, isMissing.first || isMissing.second {
        tally.noteFirst(
          start + i, start + j, hasFirst: isMissing.first, hasSecond: isMissing.second)
      }
      // One that is in both, but elsewhere, is counted where it comes first.
      while i < kinds.count, !isInOrder[i] {
        let partner = first.partners[i] == 0 ? nil : Int(first.partners[i]) - 1
        if partner ?? j >= j { add(first: i, second: partner) }
        i += 1
      }
      while j < second.partners.count, !isInOrder(second: j) {
        let partner = second.partners[j] == 0 ? nil : Int(second.partners[j]) - 1
        if partner ?? i >= i { add(first: partner, second: j) }
        j += 1
      }
      guard i < kinds.count, j < second.partners.count else { continue }
      if kinds[i] == .changed { add(first: i, second: j) }
      (i, j) = (i + 1, j + 1)
    }
  }

  private func isInOrder(second j: Int) -> Bool {
    second.partners[j] > 0 && isInOrder[Int(second.partners[j]) - 1]
  }
}

extension CountedParts {
  fileprivate static let type = CountedParts(without: Set(EventPart.allCases).subtracting([.type]))
  fileprivate static let typeAndData = CountedParts(
    without: Set(EventPart.allCases).subtracting([.type, .data]))
}

/// How far the streams are that this writer has met.
///
/// Every event from `completeFrom` on is of one of these streams, so for another one only what lies
/// before that must be asked.
struct KnownStreams {
  /// How many streams are remembered before all are forgotten, to bound the memory.
  private static let limit = 2_000_000

  private(set) var names = NameTable()
  /// By number: the revision that the stream's next event gets, which is how many it has.
  private var next: [Revision] = []
  private(set) var completeFrom: Offset = 0
  /// The hashes of the names that are looked for.
  private var hashes: [UInt64] = []

  var isFull: Bool { names.count > Self.limit }

  /// Forgets everything; what is in the log up to `end` must be asked for.
  mutating func forget(upTo end: Offset) {
    names = NameTable()
    next = []
    completeFrom = end
  }

  /// The revision of a stream's last event, or nil where it has none.
  func last(_ number: Int) -> Revision? { next[number] == 0 ? nil : next[number] - 1 }

  /// The revisions of new events of some streams, in this order.
  mutating func advance(_ numbers: [UInt32]) -> [Revision] {
    var revisions: [Revision] = []
    revisions.append(addingCapacity: numbers.count) { output in
      let numbers = numbers.span
      var next = next.mutableSpan
      for i in numbers.indices {
        let number = Int(numbers[i])
        output.append(next[number])
        next[number] += 1
      }
    }
    return revisions
  }

  /// Takes back events that did not get into the log, from a revision on.
  mutating func setBack(_ number: Int, to revision: Revision) { next[number] = revision }

  /// The number of a stream, whose last revision is asked for where it is not known.
  mutating func number(
    of stream: String, last: (String) throws(EventLogError) -> Revision?
  ) throws(EventLogError) -> Int {
    if let number = names.number(of: stream) { return number }
    let revision = try last(stream)
    return add(stream, revision)
  }

  private mutating func add(_ stream: String, _ revision: Revision?) -> Int {
    let number = names.add(stream)
    next.append(revision?.next ?? 0)
    return number
  }

  /// Checks the events of a turn, and puts the numbers of their streams into `numbers`, as
  /// ``number(of:last:)`` does it; the bytes of their data and metadata.
  ///
  /// The steps come one after the other for some events at a time, so that a processor can wait for
  /// many places in memory at once.
  mutating func find(
    _ events: [NewEvent], into numbers: inout [UInt32],
    last: (String) throws(EventLogError) -> Revision?
  ) throws(EventLogError) -> Int {
    numbers.removeAll(keepingCapacity: true)
    numbers.reserveCapacity(events.count)
    var byteCount = 0
    var first = 0
    while first < events.count {
      let some = first..<min(first + NameTable.prefetchCount, events.count)
      let span = events.span
      hashes.removeAll(keepingCapacity: true)
      for i in some {
        try span[i].check()
        byteCount &+= span[i].byteCount
        hashes.append(span[i].stream.withSpan { hash64($0) })
      }
      names.prefetch(hashes[...])
      for i in some {
        let hash = hashes[i &- some.lowerBound]
        let known = span[i].stream.withSpan { names.number(of: $0, hash: hash) }
        if let known {
          numbers.append(UInt32(truncatingIfNeeded: known))
          next.prefetch(known)
        } else {
          numbers.append(UInt32(try number(of: span[i].stream, last: last)))
        }
      }
      first = some.upperBound
    }
    return byteCount
  }
}

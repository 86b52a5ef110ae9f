/// The last revisions of the streams that this writer has written to.
///
/// Every event from `completeFrom` on is of one of these streams, so for another one only what lies
/// before that must be asked.
struct KnownStreams {
  /// How many streams are remembered before all are forgotten, to bound the memory.
  private static let limit = 2_000_000

  private var names = NameTable()
  private var last: [UInt64] = []
  private(set) var completeFrom: UInt64 = 0

  /// Forgets everything; what is in the log up to `end` must be asked for.
  mutating func forget(upTo end: UInt64) {
    names = NameTable()
    last = []
    completeFrom = end
  }

  /// Streams with these hashes will be asked for.
  func prefetch(_ hashes: ArraySlice<UInt64>) { names.prefetch(hashes) }

  /// The number of a stream, if it is known.
  func number(of stream: Span<UInt8>, hash: UInt64) -> Int? { names.number(of: stream, hash: hash) }

  func number(of stream: String) -> Int? { names.number(of: stream) }

  /// The last revision of a stream that is known by a number.
  func revision(_ number: Int) -> UInt64 { last[number] }

  /// Takes over what a group wrote.
  mutating func learn(from group: CommitGroup) {
    if names.count > Self.limit { forget(upTo: group.firstOffset) }
    for number in group.revisions.indices {
      guard let revision = group.revisions[number].last else { continue }
      let known = group.revisions[number].known
      if known >= 0, known < last.count {
        last[known] = revision
      } else {
        let written = group.encoder.streams
        let added = names.add(written[number], hash: written.hash(number))
        if added == last.count { last.append(revision) } else { last[added] = revision }
      }
    }
  }
}

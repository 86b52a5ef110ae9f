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

  /// The last revision of a stream, if it is known.
  func revision(of stream: Span<UInt8>, hash: UInt64) -> (isKnown: Bool, revision: UInt64?) {
    guard let number = names.number(of: stream, hash: hash) else { return (false, nil) }
    return (true, last[number])
  }

  /// Takes over what a group wrote.
  mutating func learn(from group: CommitGroup) {
    if names.count > Self.limit { forget(upTo: group.firstOffset) }
    let written = group.encoder.names
    for number in group.revisions.indices {
      guard let revision = group.revisions[number].last else { continue }
      let known = names.add(written[number], hash: written.hash(number))
      if known == last.count { last.append(revision) } else { last[known] = revision }
    }
  }
}

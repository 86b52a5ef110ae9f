/// What a source has of what a log has mirrored of it: whether the engine still has what it once delivered.
package struct MirrorCheck: Sendable, Hashable {
  package internal(set) var epoch: SourceEpoch
  /// The last position that was mirrored; nil if none was.
  package internal(set) var last: UInt64?
  /// How many records of the log were looked for at the source, and how many are the same there.
  package internal(set) var compared: UInt64 = 0
  package internal(set) var same: UInt64 = 0
  /// Of a sample, how many records there were to choose from.
  package internal(set) var sampledFrom: UInt64?

  /// Positions whose record the source no longer has, though it has earlier ones.
  package internal(set) var lost = PositionRanges()
  /// Positions whose record is another one, or has another time.
  package internal(set) var changed = PositionRanges()
  /// Positions whose record is at another position of the log.
  package internal(set) var reordered = PositionRanges()
  /// Positions where the source has a record that the log has not, before the last one that was mirrored.
  package internal(set) var added = PositionRanges()
  /// Records that expired at the source since.
  package internal(set) var expired = PositionRanges()
  /// Records of the source that have not been mirrored yet; nil in a sample.
  package internal(set) var ahead: UInt64?
  /// The first record that differs: where it is, and in which part.
  package internal(set) var firstChange: MirrorChange?

  init(_ epoch: SourceEpoch, last: UInt64?) { (self.epoch, self.last) = (epoch, last) }

  package var isClean: Bool {
    lost.count == 0 && changed.count == 0 && reordered.count == 0 && added.count == 0
  }
}

/// A record that is not what was mirrored.
package struct MirrorChange: Sendable, Hashable {
  package var position: UInt64
  package var part: String
}

/// Why a source does not continue what a log has of it.
package enum Discontinuity: Error, Sendable, Hashable {
  /// The log mirrors a source of another name.
  case otherSource(known: String)
  /// The source was deleted and made again since.
  case recreated(known: SourceIdentity, now: SourceIdentity)
  /// The source ends before the last record that the log has of it.
  case truncated(last: UInt64, position: UInt64)
  /// The source has another record at a position that was mirrored.
  case different(position: UInt64, part: String)
  /// Records expired at the source before they were mirrored.
  case expired(Range<UInt64>)
  /// Nothing is known to be missing, but no record is left with which the source could be compared.
  case unverifiable(position: UInt64, first: UInt64)

  /// Whether going on leaves records out, in the same epoch.
  package var isGap: Bool {
    switch self {
    case .expired, .unverifiable: true
    default: false
    }
  }

  var isOtherSource: Bool { if case .otherSource = self { true } else { false } }
}

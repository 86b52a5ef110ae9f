import EvlogCore
import EvlogJSON

/// Positions of a source that have no record. It is an event, so that no data is missing in silence.
struct SourceGap {
  /// Why there is no record.
  enum Reason: String {
    /// The source deleted it, or let it expire, with records before it still there.
    case deleted
    /// The source let it expire before it was mirrored, with everything before it.
    case expired
    /// Nothing is missing, but the record with which the source is compared has expired.
    case unverified
  }

  let positions: Range<UInt64>
  let reason: Reason
  let epoch: SourceEpoch

  /// Dated as the record behind the gap.
  func event(at time: Timestamp?) -> NewEvent {
    let data = JSONValue.object([
      ("epoch", .int(epoch.number)), ("stream", .string(epoch.identity.name)),
      ("first", .int(positions.lowerBound)), ("count", .int(positions.count)),
      ("reason", .string(reason.rawValue)),
    ])
    return NewEvent(
      stream: SourceEvents.gap, type: SourceEvents.gap, data: data.canonicalBytes, recordedAt: time)
  }
}

/// A run of consecutive events as it was read: envelopes apart from payloads.
///
/// Frames of an active segment and blocks of a sealed one both decode to this. The payload may be
/// left out (and unread) where only envelopes are asked for.
struct EventBlock: Sendable {
  /// What is known of one event without its payload.
  struct Envelope: Sendable {
    /// Places in `names`.
    var stream: Int
    var type: Int
    var contentType: Int
    var revision: UInt64
    var schemaVersion: UInt32
    var recordedAt: Timestamp
    /// Where the data begins in the payload; the metadata follows it.
    var dataStart: Int
    var dataCount: Int
    var metadataCount: Int?
    var beginsTurn: Bool
    /// The place in `texts`, where the event has any of them.
    var texts: Int?
  }

  /// The strings that most events do not have.
  struct Texts: Sendable {
    var turnID: String?
    var id: String?
    var causation: String?
    var correlation: String?
  }

  let firstOffset: UInt64
  /// The streams, types and content types that occur in the block.
  let names: [String]
  let envelopes: [Envelope]
  let texts: [Texts]
  /// How many bytes the payload has.
  let payloadCount: Int
  var payload: [UInt8] = []

  var offsets: Range<UInt64> { firstOffset..<(firstOffset + UInt64(envelopes.count)) }

  /// The event at a place in the block; the payload must have been read.
  func event(_ i: Int) -> RecordedEvent {
    let e = envelopes[i]
    let texts = e.texts.map { self.texts[$0] }
    let metadataStart = e.dataStart + e.dataCount
    return RecordedEvent(
      offset: firstOffset + UInt64(i), stream: names[e.stream], revision: e.revision,
      type: names[e.type], schemaVersion: e.schemaVersion, recordedAt: e.recordedAt,
      id: texts?.id, causation: texts?.causation, correlation: texts?.correlation,
      metadata: e.metadataCount.map { payload[metadataStart..<(metadataStart + $0)] },
      contentType: names[e.contentType], data: payload[e.dataStart..<metadataStart],
      beginsTurn: e.beginsTurn, turnID: texts?.turnID)
  }
}

import CXXHash

/// The digest of a log: a polynomial over the digests of its events, modulo 2^128.
///
/// A log of the events a, b, c has the digest (a·P + b)·P + c. So it depends on every event and on
/// their order, not on turns, frames or segments; and the digests of two stretches give that of
/// both, so that segments can be sealed and checked side by side.
extension Digest {
  /// An odd number, so that multiplying by it loses nothing: 2^128 divided by the golden ratio.
  private static let multiplier: UInt128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835

  private var value: UInt128 { UInt128(high) << 64 | UInt128(low) }

  private init(value: UInt128) {
    self.init(high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value))
  }

  /// The digest of the log so far, one event further.
  package func appending(_ event: Digest) -> Digest {
    Digest(value: value &* Self.multiplier &+ event.value)
  }

  /// The digest of the log so far, further by a stretch of `count` events with a digest of its own.
  package func appending(_ stretch: Digest, count: UInt64) -> Digest {
    var power: UInt128 = 1
    var factor = Self.multiplier
    var rest = count
    while rest > 0 {
      if rest & 1 == 1 { power = power &* factor }
      factor = factor &* factor
      rest >>= 1
    }
    return Digest(value: value &* power &+ stretch.value)
  }

  /// The digest of a stretch of `count` events that ends where this one ends, by the digest of all before it.
  package func stretch(after digest: Digest, count: UInt64) -> Digest {
    Digest(value: value &- digest.appending(.zero, count: count).value)
  }

  /// The digest of the log so far, one event further.
  public func appending(_ event: RecordedEvent) -> Digest { appending(event.digest) }
}

/// What the digest of an event covers: everything about it but its turn.
///
/// Texts and metadata are there by the XXH3-64 of their bytes, ids by that of their bytes as they are
/// stored, several causes by that of their hashes, and all of them as 0 where the event has none.
typealias EventWords = evlog_event_words

extension EventWords {
  init(
    offset: Offset, revision: Revision, time: Int64, schemaVersion: UInt32, stream: UInt64,
    type: UInt64, contentType: UInt64, data: Digest
  ) {
    self.init()
    self.offset = UInt64(offset)
    self.revision = UInt64(revision)
    self.time = UInt64(bitPattern: time)
    schema_version = UInt64(schemaVersion)
    self.stream = stream
    self.type = type
    content_type = contentType
    data_high = data.high
    data_low = data.low
  }

  /// XXH3-128 of the numbers, in their order, each in eight bytes, little-endian.
  var digest: Digest {
    let hash = unsafe withUnsafePointer(to: self) { unsafe evlog_event_hash($0) }
    return Digest(high: hash.high64, low: hash.low64)
  }

  static let json: UInt64 = hash64(RecordedEvent.jsonContentType)
}

extension RecordedEvent {
  /// The digest of everything about the event but its turn.
  var digest: Digest { words.digest }

  /// What the digest is made of.
  var words: EventWords {
    var words = EventWords(
      offset: offset, revision: revision, time: recordedAt.nanoseconds,
      schemaVersion: schemaVersion, stream: hash64(stream), type: hash64(type),
      contentType: hash64(contentType), data: Digest(of: data.span))
    words.id = id.map(IdentifierCoding.hash) ?? 0
    words.causation = IdentifierCoding.hash(causes: causation.map { IdentifierCoding.hash($0) })
    words.correlation = correlation.map(IdentifierCoding.hash) ?? 0
    words.metadata = metadata.map { hash64($0.span) } ?? 0
    return words
  }
}

extension EventBlock {
  /// XXH3-64 of each name.
  package func nameHashes() -> [UInt64] {
    nameNumbers.map { hash64(name($0)) }
  }

  /// The digest of a stretch of the log, further by all the events of this block.
  package func append(to digest: inout Digest, hashes: [UInt64]) {
    for i in indices { digest = digest.appending(self[i].digest(hashes)) }
  }
}

extension EventView {
  /// The digest of everything about the event but its turn, by the hashes of its block's names.
  package func digest(_ names: [UInt64]) -> Digest { words(names).digest }

  /// What the digest is made of.
  @inline(__always)
  func words(_ names: [UInt64]) -> EventWords {
    var event = EventWords(
      offset: offset, revision: revision, time: envelope.time, schemaVersion: schemaVersion,
      stream: names[Int(envelope.stream)], type: names[Int(envelope.type)],
      contentType: contentTypeNumber.map { names[$0] } ?? EventWords.json,
      data: Digest(of: data))
    if !envelope.flags.isDisjoint(with: .anyID) { addIdentifiers(to: &event) }
    if hasMetadata { event.metadata = hash64(metadata) }
    return event
  }

  private func addIdentifiers(to event: inout EventWords) {
    var reader = ByteReader(column, from: Int(envelope.texts))
    for flag in [EnvelopeFlags.turnID, .id, .causation, .correlation]
    where envelope.flags.contains(flag) {
      switch flag {
      case .turnID: _ = nextHash(&reader)
      case .id: event.id = nextHash(&reader)
      case .causation: event.causation = nextHashOfCauses(&reader)
      default: event.correlation = nextHash(&reader)
      }
    }
  }

  /// XXH3-64 of the turn's id as it is stored.
  package var turnIDHash: UInt64 {
    var reader = ByteReader(column, from: Int(envelope.texts))
    return nextHash(&reader)
  }

  @_lifetime(reader: copy reader)
  private func nextHash(_ reader: inout ByteReader) -> UInt64 {
    // The texts were checked when the block was read; here and below, there is an id.
    guard let range = try? IdentifierCoding.skip(&reader) else { return 0 }
    return hash64(column.extracting(range))
  }

  @_lifetime(reader: copy reader)
  private func nextHashOfCauses(_ reader: inout ByteReader) -> UInt64 {
    // As above.
    guard let count = try? IdentifierCoding.causeCount(&reader) else { return 0 }
    if count == 1 { return nextHash(&reader) }
    var hashes: [UInt64] = []
    for _ in 0..<count { hashes.append(nextHash(&reader)) }
    return IdentifierCoding.hash(causes: hashes)
  }
}

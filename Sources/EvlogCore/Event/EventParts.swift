import CXXHash

/// A part of an event, by which it may differ from another one.
public enum EventPart: String, Sendable, Hashable, CaseIterable, Codable {
  case stream, type, data, metadata, time, id, causation, correlation, schemaVersion, contentType
}

/// An event by the hashes of its parts, wherever it is in a log.
package struct EventParts: Sendable {
  private var words: EventWords

  package init(_ event: RecordedEvent) { self.init(event.words) }

  /// By the hashes of the names of its block.
  package init(_ event: borrowing EventView, _ names: [UInt64]) { self.init(event.words(names)) }

  private init(_ words: EventWords) {
    self.words = words
    (self.words.offset, self.words.revision) = (0, 0)
  }

  /// One digest for all parts that count.
  package func digest(of parts: CountedParts) -> Digest {
    words.masked(by: parts.mask).digest
  }

  /// Whether all parts that count are those of another event.
  package func isAlike(_ other: EventParts, in parts: CountedParts) -> Bool {
    words.isAlike(other.words, by: parts.mask)
  }

  /// The parts that are not those of another event.
  package func differing(from other: EventParts) -> [EventPart] {
    EventPart.allCases.filter { !words.isAlike(other.words, in: $0) }
  }
}

/// The parts of events that count when they are compared.
package struct CountedParts: Sendable {
  /// All bits of the parts that count.
  fileprivate let mask: EventWords

  package init(without parts: Set<EventPart>) {
    var mask = EventWords.all
    for part in parts { mask.clear(part) }
    self.mask = mask
  }
}

extension EventWords {
  fileprivate static var all: EventWords {
    let all = UInt64.max
    return EventWords(
      offset: all, revision: all, time: all, schema_version: all, stream: all, type: all,
      content_type: all, id: all, causation: all, correlation: all, metadata: all, data_high: all,
      data_low: all)
  }

  fileprivate func masked(by mask: EventWords) -> EventWords {
    EventWords(
      offset: offset, revision: revision, time: time & mask.time,
      schema_version: schema_version & mask.schema_version, stream: stream & mask.stream,
      type: type & mask.type, content_type: content_type & mask.content_type, id: id & mask.id,
      causation: causation & mask.causation, correlation: correlation & mask.correlation,
      metadata: metadata & mask.metadata, data_high: data_high & mask.data_high,
      data_low: data_low & mask.data_low)
  }

  fileprivate func isAlike(_ other: EventWords, by mask: EventWords) -> Bool {
    var bits: UInt64 = 0
    bits |= (stream ^ other.stream) & mask.stream
    bits |= (type ^ other.type) & mask.type
    bits |= (data_high ^ other.data_high) & mask.data_high
    bits |= (data_low ^ other.data_low) & mask.data_low
    bits |= (time ^ other.time) & mask.time
    bits |= (metadata ^ other.metadata) & mask.metadata
    bits |= (id ^ other.id) & mask.id
    bits |= (causation ^ other.causation) & mask.causation
    bits |= (correlation ^ other.correlation) & mask.correlation
    bits |= (schema_version ^ other.schema_version) & mask.schema_version
    bits |= (content_type ^ other.content_type) & mask.content_type
    return bits == 0
  }

  fileprivate mutating func clear(_ part: EventPart) {
    switch part {
    case .stream: stream = 0
    case .type: type = 0
    case .data: (data_high, data_low) = (0, 0)
    case .metadata: metadata = 0
    case .time: time = 0
    case .id: id = 0
    case .causation: causation = 0
    case .correlation: correlation = 0
    case .schemaVersion: schema_version = 0
    case .contentType: content_type = 0
    }
  }

  fileprivate func isAlike(_ other: EventWords, in part: EventPart) -> Bool {
    switch part {
    case .stream: stream == other.stream
    case .type: type == other.type
    case .data: data_high == other.data_high && data_low == other.data_low
    case .metadata: metadata == other.metadata
    case .time: time == other.time
    case .id: id == other.id
    case .causation: causation == other.causation
    case .correlation: correlation == other.correlation
    case .schemaVersion: schema_version == other.schema_version
    case .contentType: content_type == other.content_type
    }
  }
}

/// One event of a block, without a copy of anything: it lives no longer than the block.
///
/// What is asked for is looked up; ``RecordedEvent/init(_:)`` makes something that lasts.
@safe public struct EventView: ~Escapable {
  // Where the envelope is, not a copy: of most events little of it is looked at. Pointers, because a view of
  // more than seven words is not kept in registers; they are good for as long as the block is borrowed.
  @usableFromInline let stored: UnsafePointer<EventBlock.Envelope>
  @usableFromInline let firstOffset: Offset
  // The numbers of an envelope's names are those of names that there are; that is checked once, by who makes
  // the block.
  @usableFromInline let names: Unmanaged<BlockNames>
  @usableFromInline let column: Span<UInt8>
  @usableFromInline let payload: Span<UInt8>

  @inlinable @_lifetime(copy column, copy payload)
  init(
    _ stored: UnsafePointer<EventBlock.Envelope>, firstOffset: Offset,
    names: Unmanaged<BlockNames>, column: Span<UInt8>, payload: Span<UInt8>
  ) {
    unsafe self.stored = unsafe stored
    self.firstOffset = firstOffset
    unsafe self.names = unsafe names
    self.column = column
    self.payload = payload
  }

  @inlinable package var envelope: EventBlock.Envelope { unsafe stored.pointee }

  /// The position in the log.
  @inlinable public var offset: Offset { Offset(firstOffset.rawValue &+ UInt64(envelope.place)) }

  /// The position in the stream.
  @inlinable public var revision: Revision { Revision(envelope.revision) }

  /// When it happened; the time of the append unless its writer said otherwise.
  @inlinable public var recordedAt: Timestamp { Timestamp(nanoseconds: envelope.time) }

  /// The version of the payload's shape, as it was written.
  @inlinable public var schemaVersion: UInt32 { envelope.schemaVersion }

  /// Whether a turn begins with this event.
  @inlinable public var beginsTurn: Bool { envelope.flags.rawValue & 1 != 0 }

  /// The name of the stream, in UTF-8.
  @inlinable public var stream: Span<UInt8> {
    @_lifetime(copy self) get { name(envelope.stream) }
  }

  /// A number for the type that is the same for all events of it in the block, and for no others.
  @inlinable public var typeNumber: Int { Int(envelope.type) }

  /// A number for the stream that is the same for all its events in the block.
  package var streamNumber: Int { Int(envelope.stream) }

  /// Whether it has no id, no metadata, no causes, and data in JSON.
  package var isPlain: Bool {
    envelope.flags.isDisjoint(with: [.id, .causation, .correlation, .metadata, .contentType])
  }

  /// The name of the type, in UTF-8.
  @inlinable public var type: Span<UInt8> {
    @_lifetime(copy self) get { name(envelope.type) }
  }

  /// The payload; nothing where it was not read.
  @inlinable public var data: Span<UInt8> {
    @_lifetime(copy self) get {
      payload.extracting(
        Int(envelope.dataStart)..<(Int(envelope.dataStart) &+ Int(envelope.dataCount)))
    }
  }

  /// The metadata; empty if there is none.
  public var metadata: Span<UInt8> {
    @_lifetime(copy self) get {
      let start = Int(envelope.dataStart) + Int(envelope.dataCount)
      return payload.extracting(start..<(start + Int(envelope.metadataCount)))
    }
  }

  /// Both payloads, which lie one after the other.
  package var dataAndMetadata: Span<UInt8> {
    @_lifetime(copy self) get {
      payload.extracting(Int(envelope.dataStart)..<(Int(envelope.dataStart) + byteCount))
    }
  }

  /// The bytes of its data and metadata.
  package var byteCount: Int { Int(envelope.dataCount) + Int(envelope.metadataCount) }

  /// The name of the stream, as a text.
  @inlinable public var streamText: String { textOfName(stream) }

  /// The name of the type, as a text.
  @inlinable public var typeText: String { unsafe String(copying: UTF8Span(unchecked: type)) }

  /// Whether its log is one of a group.
  @inlinable package var isOfGroup: Bool {
    unsafe names._withUnsafeGuaranteedRef { $0.isOfGroup }
  }

  /// The name of its log in a group of logs, with which the stream's name begins; nil for an event of a log by itself.
  public var log: String? {
    guard isOfGroup else { return nil }
    let stream = stream
    let end = stream.indices.first { stream[$0] == UInt8(ascii: "/") } ?? stream.count
    return unsafe String(copying: UTF8Span(unchecked: stream.extracting(first: end)))
  }

  /// Whether the type has this name, byte by byte.
  @inlinable public func hasType(_ name: StaticString) -> Bool {
    let type = type
    return type.count == name.utf8CodeUnitCount && type.starts(with: name)
  }

  /// Whether there is metadata, even if it is empty.
  public var hasMetadata: Bool { envelope.flags.contains(.metadata) }

  /// The content type of the payload, by number; nil for JSON.
  @inlinable package var contentTypeNumber: Int? {
    envelope.flags.contains(.contentType) ? Int(envelope.contentType) : nil
  }

  /// The content type of the payload; `application/json` by default.
  public var contentType: String {
    contentTypeNumber.map { text(UInt32($0)) } ?? RecordedEvent.jsonContentType
  }

  /// The id of the turn, on the first event of a turn that has one.
  public var turnID: String? { identifier(.turnID) }
  /// The event's own id, if it has one.
  public var id: String? { identifier(.id) }
  /// The ids of what caused it.
  public var causation: [String] { envelope.flags.contains(.causation) ? causes : [] }
  /// The id of the conversation that it belongs to.
  public var correlation: String? { identifier(.correlation) }

  @inlinable @_lifetime(copy self)
  package func name(_ number: UInt32) -> Span<UInt8> {
    unsafe BlockNames.name(Int(number), of: names, in: column)
  }

  /// A name as a text. Its bytes were found to be UTF-8 when the block was decoded.
  package func text(_ number: UInt32) -> String {
    unsafe String(copying: UTF8Span(unchecked: name(number)))
  }

  /// The ids as they are stored, one after the other.
  var storedIdentifiers: Span<UInt8> {
    @_lifetime(copy self) get {
      guard !envelope.flags.isDisjoint(with: .anyID) else { return column.extracting(0..<0) }
      var reader = ByteReader(column, from: Int(envelope.texts))
      // The texts were checked when the block was read; a malformed one ends the range.
      try? IdentifierCoding.skip(envelope.flags, &reader)
      return column.extracting(Int(envelope.texts)..<reader.position)
    }
  }

  private func identifier(_ flag: EnvelopeFlags) -> String? {
    guard envelope.flags.contains(flag) else { return nil }
    var reader = reader(at: flag)
    return IdentifierCoding.read(&reader)
  }

  private var causes: [String] {
    var reader = reader(at: .causation)
    // The texts were checked when the block was read.
    guard let count = try? IdentifierCoding.causeCount(&reader) else { return [] }
    var causes: [String] = []
    causes.reserveCapacity(count)
    for _ in 0..<count {
      if let cause = IdentifierCoding.read(&reader) { causes.append(cause) }
    }
    return causes
  }

  /// Whether more than one id is said to have caused it.
  var hasSeveralCauses: Bool {
    guard envelope.flags.contains(.causation) else { return false }
    var reader = reader(at: .causation)
    // The texts were checked when the block was read.
    return (try? IdentifierCoding.causeCount(&reader)) ?? 1 > 1
  }

  /// A reader that stands at the id with a flag, which the event has.
  @_lifetime(copy self)
  private func reader(at flag: EnvelopeFlags) -> ByteReader {
    var reader = ByteReader(column, from: Int(envelope.texts))
    // The texts were checked when the block was read.
    try? IdentifierCoding.skip(envelope.flags.before(flag), &reader)
    return reader
  }
}

/// A name as a text, which is known to be UTF-8. It is not made unless it is used.
@_effects(readonly) @usableFromInline
func textOfName(_ name: Span<UInt8>) -> String { unsafe String(copying: UTF8Span(unchecked: name)) }

extension RecordedEvent {
  /// A copy that outlives the block.
  public init(_ event: EventView) {
    self.init(
      event, stream: event.text(event.envelope.stream), type: event.text(event.envelope.type),
      data: Self.copy(event.data),
      metadata: event.hasMetadata ? Self.copy(event.metadata) : nil)
  }

  private static func copy(_ bytes: Span<UInt8>) -> ArraySlice<UInt8> {
    unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }[...]
  }

  fileprivate init(
    _ event: EventView, stream: String, type: String, data: ArraySlice<UInt8>,
    metadata: ArraySlice<UInt8>?
  ) {
    self.init(
      offset: event.offset, stream: stream, revision: event.revision, type: type,
      schemaVersion: event.schemaVersion, recordedAt: event.recordedAt, id: event.id,
      causation: event.causation, correlation: event.correlation, metadata: metadata,
      contentType: event.contentType, data: data, beginsTurn: event.beginsTurn,
      turnID: event.turnID)
    log = event.log
  }
}

extension EventBlock {
  /// All the events as ones that last; they share the block's payloads, and the text of a name.
  package func recordedEvents() -> [RecordedEvent] {
    var texts = [String?](repeating: nil, count: names.count)
    return indices.map { i in
      let envelope = envelopes[i]
      let event = self[i]
      func text(_ number: UInt32) -> String {
        if let text = texts[Int(number)] { return text }
        let text = event.text(number)
        texts[Int(number)] = text
        return text
      }
      let end = Int(envelope.dataStart) + Int(envelope.dataCount)
      return RecordedEvent(
        event, stream: text(envelope.stream), type: text(envelope.type),
        data: payload[Int(envelope.dataStart)..<end],
        metadata: envelope.flags.contains(.metadata)
          ? payload[end..<(end + Int(envelope.metadataCount))] : nil)
    }
  }
}

extension EventBlock {
  /// A block of one event, for code that reads events from blocks.
  package init(_ event: RecordedEvent) {
    self.init()
    firstOffset = event.offset
    storedCount = 1
    var flags: EnvelopeFlags = event.beginsTurn ? .beginsTurn : []
    var places: [BlockNames.Place] = []
    func add(_ text: String) -> UInt32 {
      places.append(
        BlockNames.Place(start: UInt32(column.count), count: UInt32(text.utf8.count)))
      column += text.utf8
      return UInt32(places.count - 1)
    }
    var envelope = Envelope()
    envelope.revision = UInt64(event.revision)
    envelope.time = event.recordedAt.nanoseconds
    envelope.stream = add(event.stream)
    envelope.type = add(event.type)
    if event.contentType != RecordedEvent.jsonContentType {
      flags.insert(.contentType)
      envelope.contentType = add(event.contentType)
    }
    envelope.texts = UInt32(column.count)
    for (flag, ids) in [
      (EnvelopeFlags.turnID, event.turnID.map { [$0] } ?? []), (.id, event.id.map { [$0] } ?? []),
      (.causation, event.causation), (.correlation, event.correlation.map { [$0] } ?? []),
    ] where !ids.isEmpty {
      flags.insert(flag)
      IdentifierCoding.append(causes: ids, to: &column)
    }
    envelope.schemaVersion = event.schemaVersion
    if event.schemaVersion != 1 { flags.insert(.schemaVersion) }
    payload = Array(event.data)
    envelope.dataCount = UInt32(payload.count)
    if let metadata = event.metadata {
      flags.insert(.metadata)
      envelope.metadataCount = UInt32(metadata.count)
      payload += metadata
    }
    envelope.flags = flags
    envelopes = [envelope]
    columnCount = column.count
    names = BlockNames(places, streamCount: 1, columnCount: columnCount)
    payloadCount = payload.count
  }
}

/// A run of events in memory, as they were read: their envelopes, their names and their payloads.
///
/// A block is made once and reused for every read, so a scan of any length needs the memory of a few blocks:
///
///     var block = EventBlock()
///     var cursor = log.events().makeCursor()
///     while try cursor.read(into: &block) {
///       for i in block.indices { total += block[i].data.count }
///     }
///
/// It has the events that the query selects, in the query's order.
public struct EventBlock: Sendable {
  /// What is known of one event without its payload.
  @usableFromInline package struct Envelope: Sendable, BitwiseCopyable {
    @usableFromInline package var revision: UInt64 = 0
    @usableFromInline package var time: Int64 = 0
    /// The place of the event in the block, as it is stored.
    @usableFromInline package var place: UInt32 = 0
    /// Numbers of names.
    @usableFromInline package var stream: UInt32 = 0
    @usableFromInline package var type: UInt32 = 0
    @usableFromInline package var contentType: UInt32 = .max
    @usableFromInline package var schemaVersion: UInt32 = 1
    /// Where the data begins in the payloads; the metadata follows it.
    @usableFromInline package var dataStart: UInt32 = 0
    @usableFromInline package var dataCount: UInt32 = 0
    @usableFromInline package var metadataCount: UInt32 = 0
    /// Where the ids begin in the column.
    @usableFromInline package var texts: UInt32 = 0
    @usableFromInline package var flags: EnvelopeFlags = []
  }

  @usableFromInline package var firstOffset: Offset = 0
  /// How many events are stored in the block, whatever a query wants of them.
  var storedCount = 0
  @usableFromInline package var envelopes: [Envelope] = []
  @usableFromInline package var names = BlockNames()
  /// The column of envelopes, to which names and ids refer; the array may be longer than it.
  @usableFromInline package var column: [UInt8] = []
  var columnCount = 0
  /// The payloads; the array may be longer than they are.
  @usableFromInline package var payload: [UInt8] = []
  /// How many bytes the payloads have, whether they were read or not.
  package var payloadCount = 0

  /// A block without events, to be read into.
  public init() {}

  /// Whether its events are of a group of logs, in which the name of a stream begins with that of its log.
  package var isOfGroup: Bool { names.isOfGroup }

  /// The numbers of types in this block; each stands for one name.
  public var typeNumbers: Range<Int> { names.streamCount..<names.count }

  /// The name of the type that has a number.
  public func typeText(_ number: Int) -> String {
    unsafe String(copying: UTF8Span(unchecked: name(number)))
  }

  /// The numbers that names have in this block, of streams and of types.
  package var nameNumbers: Range<Int> { 0..<names.count }

  /// How many events it holds.
  @inlinable public var count: Int { envelopes.count }

  /// The places of its events, for the subscript.
  @inlinable public var indices: Range<Int> { 0..<envelopes.count }

  /// The events that are stored in the block.
  var storedOffsets: Range<Offset> { firstOffset..<(firstOffset + UInt64(storedCount)) }

  /// An event, which is valid for as long as the block is not changed.
  @inlinable public subscript(i: Int) -> EventView {
    @inline(__always) @_lifetime(borrow self) get {
      precondition(indices.contains(i), "There is no event at this place in the block")
      return unsafe EventView(
        envelopes.span.pointer(to: i), firstOffset: firstOffset, names: .passUnretained(names),
        column: column.span, payload: payload.span)
    }
  }

  /// The bytes of a name.
  @inline(__always) @_lifetime(borrow self)
  package func name(_ number: Int) -> Span<UInt8> { names.name(number, in: column.span) }

  /// Releases memory that is still in use elsewhere, so that reading on does not copy it.
  package mutating func letGo() {
    payload = []
  }

  /// Lets go of more memory than blocks of a usual size need.
  package mutating func shrink() {
    if payload.count + column.count + names.textCapacity > 1 << 20 { self = EventBlock() }
  }

  /// Keeps the events that are wanted.
  package mutating func keep(_ wants: (Envelope) -> Bool) {
    envelopes.removeAll { !wants($0) }
  }

  /// Keeps the events that a filter wants.
  package mutating func keep(_ filter: borrowing BlockFilter) {
    envelopes.removeAll { !filter.wants($0) }
  }
}

/// The flags with which each event's envelope begins.
@usableFromInline package struct EnvelopeFlags: OptionSet, Sendable, BitwiseCopyable {
  @usableFromInline package let rawValue: UInt8
  @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
  @inlinable package static var beginsTurn: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 0) }
  @inlinable package static var turnID: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 1) }
  @inlinable package static var id: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 2) }
  @inlinable package static var causation: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 3) }
  @inlinable package static var correlation: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 4) }
  @inlinable package static var metadata: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 5) }
  @inlinable package static var contentType: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 6) }
  @inlinable package static var schemaVersion: EnvelopeFlags { EnvelopeFlags(rawValue: 1 << 7) }
  static let anyID: EnvelopeFlags = [.turnID, .id, .causation, .correlation]

  /// Those whose fields come before that of another flag: fields are in the order of the bits.
  func before(_ flag: EnvelopeFlags) -> EnvelopeFlags {
    EnvelopeFlags(rawValue: rawValue & (flag.rawValue &- 1))
  }
}

extension Span where Element: BitwiseCopyable {
  /// Where an element is, which is there; good for as long as what it is in.
  @inlinable func pointer(to i: Int) -> UnsafePointer<Element> {
    unsafe withUnsafeBufferPointer { unsafe $0.baseAddress.unsafelyUnwrapped + i }
  }
}

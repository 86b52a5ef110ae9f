import Synchronization

/// The names of a block: its streams, then its types and content types.
///
/// A name that is stored unchanged stays where it is, in the column of envelopes. The texts of names that are
/// stored as numbers are written when one of them is first used: most replays use no stream's name.
///
/// Only its sole owner reads into it; otherwise many threads may use it.
@safe @usableFromInline package final class BlockNames: @unchecked Sendable {
  /// Where a name is: in the column, or behind its end, which is where the texts begin.
  struct Place: BitwiseCopyable {
    var start: UInt32
    var count: UInt32
  }

  /// Whether the name of a stream begins with that of its log, as it does in a group of logs.
  @usableFromInline let isOfGroup: Bool
  private(set) var places: [Place]
  package private(set) var streamCount: Int
  private var columnCount: Int
  private var streams = NameList.Stored()
  private var types = NameList.Stored()

  /// The texts, once they are written.
  private let texts = unsafe Atomic<UnsafeMutableRawPointer?>(nil)
  /// The memory of the texts before, for the next ones.
  private let room = unsafe Atomic<UnsafeMutableRawPointer?>(nil)
  /// How many bytes that memory has.
  private var roomCount = 0

  /// Names that are all in a column of some bytes.
  init(
    _ places: [Place] = [], streamCount: Int = 0, columnCount: Int = 0, isOfGroup: Bool = false
  ) {
    self.isOfGroup = isOfGroup
    self.places = places
    self.streamCount = streamCount
    self.columnCount = columnCount
  }

  deinit {
    unsafe texts.load(ordering: .acquiring)?.deallocate()
    unsafe room.load(ordering: .acquiring)?.deallocate()
  }

  var count: Int { places.count }

  /// How many bytes the texts take; at least as many as those before.
  private var textCount: Int {
    max(roomCount, streams.textCount + types.textCount + NameList.Stored.slack)
  }

  /// How many bytes of memory there are for texts.
  var textCapacity: Int { unsafe texts.load(ordering: .relaxed) == nil ? roomCount : textCount }

  /// Removes all names; only for the sole owner.
  func removeAll() {
    places.removeAll(keepingCapacity: true)
    streamCount = 0
    columnCount = 0
    if let written = unsafe texts.exchange(nil, ordering: .acquiringAndReleasing) {
      roomCount = textCount
      unsafe room.exchange(written, ordering: .acquiringAndReleasing)?.deallocate()
    }
    streams = NameList.Stored()
    types = NameList.Stored()
  }

  /// Reads the lists of a block's names from the beginning of its column; only for the sole owner. If they are
  /// malformed, there are no names.
  @_lifetime(reader: copy reader)
  func read(_ reader: inout ByteReader) throws(ByteReader.Malformed) {
    var found: [Place] = []
    swap(&found, &places)
    removeAll()
    found.removeAll(keepingCapacity: true)
    let end = reader.end
    let streams = try NameList.Stored(&reader, into: &found, texts: end)
    let types = try NameList.Stored(&reader, into: &found, texts: end + streams.textCount)
    places = found
    streamCount = streams.names.count
    columnCount = end
    self.streams = streams
    self.types = types
  }

  /// The bytes of a name, which are UTF-8. There must be one with that number.
  ///
  /// `column` is the one that the names were read from, with ``NameList/Stored/slack`` behind it.
  @inline(__always) @_lifetime(copy column)
  func name(_ number: Int, in column: Span<UInt8>) -> Span<UInt8> {
    let place = places[number]
    let start = Int(place.start)
    if start < columnCount || place.count == 0 {
      return column.extracting(start..<(start &+ Int(place.count)))
    }
    let texts = unsafe texts.load(ordering: .acquiring) ?? write(column)
    let bytes = unsafe UnsafeRawBufferPointer(
      start: texts + (start &- columnCount), count: Int(place.count))
    // They live for as long as the block does that holds both this and the column.
    return unsafe _overrideLifetime(Span(_unsafeBytes: bytes), copying: column)
  }

  /// The same for names that live as long as the column. It is marked as reading only, so it is not called
  /// unless its result is used; that it may write the texts does no harm, because none is read before.
  @_effects(readonly) @usableFromInline @_lifetime(copy column)
  static func name(_ number: Int, of names: Unmanaged<BlockNames>, in column: Span<UInt8>)
    -> Span<UInt8>
  {
    unsafe names.takeUnretainedValue().name(number, in: column)
  }

  /// Writes the texts. Of several threads that do so at once, all get those of the one that was done first.
  @inline(never)
  private func write(_ column: Span<UInt8>) -> UnsafeMutableRawPointer {
    let written = unsafe takeRoom()
    unsafe column.withUnsafeBytes { column in
      guard let source = column.baseAddress else { return }
      unsafe streams.writeTexts(from: source, to: written)
      unsafe types.writeTexts(from: source, to: written + streams.textCount)
    }
    let (_, other) = unsafe texts.compareExchange(
      expected: nil, desired: written, ordering: .acquiringAndReleasing)
    guard let other = unsafe other else { return unsafe written }
    unsafe written.deallocate()
    return unsafe other
  }

  /// Memory of ``textCount`` bytes.
  private func takeRoom() -> UnsafeMutableRawPointer {
    let earlier = unsafe room.exchange(nil, ordering: .acquiringAndReleasing)
    if let earlier = unsafe earlier, roomCount == textCount { return unsafe earlier }
    unsafe earlier?.deallocate()
    return UnsafeMutableRawPointer.allocate(byteCount: textCount, alignment: 8)
  }
}

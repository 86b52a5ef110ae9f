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

  private(set) var places: [Place]
  package private(set) var streamCount: Int
  private var columnCount: Int
  private var streams = NameList.Stored()
  private var types = NameList.Stored()

  private let areWritten = Atomic(true)
  /// The same, for the thread that writes them.
  private let writing = Mutex(true)
  private var texts = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Names that are all in a column of some bytes.
  init(_ places: [Place] = [], streamCount: Int = 0, columnCount: Int = 0) {
    self.places = places
    self.streamCount = streamCount
    self.columnCount = columnCount
  }

  deinit { unsafe texts.deallocate() }

  var count: Int { places.count }

  /// How many bytes the texts have room for.
  var textCapacity: Int { unsafe texts.count }

  /// Removes all names; only for the sole owner.
  func removeAll() {
    places.removeAll(keepingCapacity: true)
    streamCount = 0
    columnCount = 0
    streams = NameList.Stored()
    types = NameList.Stored()
    setWritten(true)
  }

  private func setWritten(_ isDone: Bool) {
    writing.withLock { $0 = isDone }
    areWritten.store(isDone, ordering: .relaxed)
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
    setWritten(streams.textCount + types.textCount == 0)
    self.streams = streams
    self.types = types
  }

  /// The bytes of a name, which are UTF-8. There must be one with that number.
  ///
  /// `column` is the one that the names were read from, with ``NameList/Stored/slack`` behind it.
  @_lifetime(copy column)
  func name(_ number: Int, in column: Span<UInt8>) -> Span<UInt8> {
    let place = places[number]
    let start = Int(place.start)
    if start < columnCount || place.count == 0 {
      return column.extracting(start..<(start &+ Int(place.count)))
    }
    if !areWritten.load(ordering: .acquiring) { write(column) }
    let bytes = unsafe UnsafeRawBufferPointer(
      rebasing: texts[(start &- columnCount)..<(start &- columnCount &+ Int(place.count))])
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

  private func write(_ column: Span<UInt8>) {
    writing.withLock { isDone in
      if isDone { return }
      isDone = true
      let count = streams.textCount + types.textCount + NameList.Stored.slack
      if unsafe texts.count < count {
        unsafe texts.deallocate()
        unsafe texts = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
      }
      unsafe column.withUnsafeBytes { column in
        guard let source = column.baseAddress, let target = unsafe texts.baseAddress else { return }
        unsafe streams.writeTexts(from: source, to: target)
        unsafe types.writeTexts(from: source, to: target + streams.textCount)
      }
      areWritten.store(true, ordering: .releasing)
    }
  }
}

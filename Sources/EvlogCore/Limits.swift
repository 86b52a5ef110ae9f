/// The bounds that are checked before a byte is written.
///
/// Exceeding one throws an error with the code `tooLarge` that names it; nothing is written.
public enum Limits {
  /// The bytes of one event's `data`: 16 MiB.
  @inlinable public static var eventDataBytes: Int { 16 << 20 }
  /// The bytes of one event's `metadata`: 1 MiB.
  @inlinable public static var metadataBytes: Int { 1 << 20 }
  /// The UTF-8 bytes of a stream's name.
  @inlinable public static var streamNameBytes: Int { 512 }
  /// The UTF-8 bytes of an event type's name.
  @inlinable public static var typeNameBytes: Int { 256 }
  /// The UTF-8 bytes of a content type.
  @inlinable public static var contentTypeBytes: Int { 128 }
  /// The UTF-8 bytes of an event id, a causation, a correlation or a turn id.
  @inlinable public static var idBytes: Int { 256 }
  /// The causes that one event names.
  @inlinable public static var causes: Int { 256 }
  /// The events of one turn.
  @inlinable public static var turnEvents: Int { 1_000_000 }
  /// The bytes of all the data and metadata of one turn: 64 MiB.
  @inlinable public static var turnBytes: Int { 64 << 20 }

  /// The last offset that a file may name.
  @inlinable package static var lastOffset: Offset { Offset(Int.max) }
}

/// The bounds that are checked before a byte is written.
///
/// Exceeding one throws an error with the code `tooLarge` that names it; nothing is written.
public enum Limits {
  /// The bytes of one event's `data`: 16 MiB.
  public static let eventDataBytes: Int = 16 << 20
  /// The bytes of one event's `metadata`: 1 MiB.
  public static let metadataBytes: Int = 1 << 20
  /// The UTF-8 bytes of a stream's name.
  public static let streamNameBytes: Int = 512
  /// The UTF-8 bytes of an event type's name.
  public static let typeNameBytes: Int = 256
  /// The UTF-8 bytes of a content type.
  public static let contentTypeBytes: Int = 128
  /// The UTF-8 bytes of an event id, a causation, a correlation or a turn id.
  public static let idBytes: Int = 256
  /// The causes that one event names.
  public static let causes: Int = 256
  /// The events of one turn.
  public static let turnEvents: Int = 1_000_000
  /// The bytes of all the data and metadata of one turn: 64 MiB.
  public static let turnBytes: Int = 64 << 20

  /// The last offset that a file may name.
  package static let lastOffset = Offset(Int.max)
}

/// The types of evlog's own events about the source that a log mirrors. Each is also the stream of these events.
package enum SourceEvents {
  /// From here on, events come from the source that it names.
  package static let epoch = "evlog.epoch"
  /// The source had no record at some positions.
  package static let gap = "evlog.gap"
}

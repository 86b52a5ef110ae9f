import EvlogContracts
package import EvlogCore

/// Events that evlog itself puts into a log. They are about the log and its streams, and no machine
/// reduces them.
///
/// `evlog.lost`, which stands for an event that could not be repaired, is none of them: what is lost
/// must not be passed over in silence. Neither is `evlog.gap`, which stands for records that a mirrored source did not
/// have.
package enum ControlEvents {
  /// A stream takes no turns any more.
  package static let quarantined = "evlog.quarantined"
  /// It takes turns again.
  package static let released = "evlog.released"

  /// What was personal in a stream cannot be read any more.
  package static let erased = "evlog.erased"

  package static let types: Set<Name> = [
    Name(quarantined), Name(released), Name(erased), Name(Contract.eventType),
    Name(SourceEvents.epoch),
  ]

  /// Whether a type is one of them; asked of every event.
  package static func contain(_ type: String) -> Bool {
    type.utf8.starts(with: "evlog.".utf8) && types.contains(Name(type))
  }
}

package import EvlogStore

/// The last event that was imported from an input, and where it is there: an input that can be read from a position
/// on need not be read again before it.
package struct ImportAnchor {
  let source: String
  let event: RecordedEvent
  package let position: Int64
  /// How many of the input's events are in the log.
  package let count: UInt64

  /// The anchor of the input that begins with these events, or that has this name. Nil if the log has none, or if it
  /// is not certain which one it is.
  package init?(of firstEvents: [SourceEvent], named name: String?, in log: EventLog) throws {
    guard !firstEvents.isEmpty else { return nil }
    var candidates = try ImportedSources(of: log).all
    if let name {
      let id = "\(Digest(of: Array(name.utf8)))"
      candidates.removeAll { $0.id != id }
    } else {
      let choice = try SourceChoice(firstEvents.map(\.event), candidates, named: false, in: log)
      guard case .among(let sources) = choice else { return nil }
      candidates = sources
    }
    guard candidates.count == 1, let source = candidates.first, let position = source.position,
      let end = source.stretches.last?.end, let event = try log.event(at: end - 1),
      event.type != EventLog.lostEventType
    else { return nil }
    (self.source, self.event, self.position) = (source.id, event, position)
    count = source.count
  }

  /// The last event that was imported is not in the input any more.
  package struct Missing: Error {
    package let position: Int64
  }

  /// Another import has added events of the input meanwhile.
  package struct Moved: Error {}
}

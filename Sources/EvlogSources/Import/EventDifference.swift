import EvlogCore

extension NewEvent {
  /// The first field in which a line is another event than one of the log, or nil. A line without a
  /// time has whatever time its event was given.
  func difference(from event: RecordedEvent) -> String? {
    if data.count != event.data.count || !data.elementsEqual(event.data) { return "data" }
    if !Self.same(stream, event.stream) { return "stream" }
    if !Self.same(type, event.type) { return "type" }
    if let recordedAt, recordedAt != event.recordedAt { return "time" }
    if schemaVersion != event.schemaVersion { return "schemaVersion" }
    if !Self.same(contentType, event.contentType) { return "contentType" }
    if !Self.same(id, event.id) { return "id" }
    if !causation.elementsEqual(event.causation, by: Self.same) { return "causation" }
    if !Self.same(correlation, event.correlation) { return "correlation" }
    if metadata.map({ $0[...] }) != event.metadata { return "metadata" }
    return nil
  }

  /// By their bytes.
  private static func same(_ a: String, _ b: String) -> Bool { Name(a) == Name(b) }

  private static func same(_ a: String?, _ b: String?) -> Bool {
    a.map(Name.init) == b.map(Name.init)
  }
}

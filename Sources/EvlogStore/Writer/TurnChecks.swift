extension NewEvent {
  /// Throws where a limit is exceeded or a name is empty.
  @inline(__always)
  package func check() throws(EventLogError) {
    // One look at all the sizes: which of them it is, is asked only where one is too large.
    let isWithinLimits =
      !stream.isEmpty && !type.isEmpty && stream.utf8.count <= Limits.streamNameBytes
      && type.utf8.count <= Limits.typeNameBytes
      && contentType.utf8.count <= Limits.contentTypeBytes && data.count <= Limits.eventDataBytes
      && (metadata?.count ?? 0) <= Limits.metadataBytes
      && (id?.utf8.count ?? 0) <= Limits.idBytes
      && (causation.isEmpty || areCausesWithinLimits)
      && (correlation?.utf8.count ?? 0) <= Limits.idBytes
    if !isWithinLimits { try checkEach() }
  }

  private var areCausesWithinLimits: Bool {
    causation.count <= Limits.causes
      && causation.allSatisfy { $0.utf8.count <= Limits.idBytes }
  }

  @inline(never)
  private func checkEach() throws(EventLogError) {
    func bound(_ count: Int, _ limit: Int, _ what: String) throws(EventLogError) {
      guard count > limit else { return }
      throw EventLogError(
        .tooLarge, "\(what) of an event has \(count) bytes, more than the limit of \(limit)")
    }
    guard !stream.isEmpty else {
      throw EventLogError(.invalidEvent, "An event has an empty stream name")
    }
    guard !type.isEmpty else {
      throw EventLogError(.invalidEvent, "An event has an empty type name")
    }
    try bound(stream.utf8.count, Limits.streamNameBytes, "The stream name")
    try bound(type.utf8.count, Limits.typeNameBytes, "The type name")
    try bound(contentType.utf8.count, Limits.contentTypeBytes, "The content type")
    try bound(data.count, Limits.eventDataBytes, "The data")
    try bound(metadata?.count ?? 0, Limits.metadataBytes, "The metadata")
    try bound(id?.utf8.count ?? 0, Limits.idBytes, "The id")
    guard causation.count <= Limits.causes else {
      throw EventLogError(
        .tooLarge,
        "An event names \(causation.count) causes, more than the limit of \(Limits.causes)")
    }
    for cause in causation { try bound(cause.utf8.count, Limits.idBytes, "The causation") }
    try bound(correlation?.utf8.count ?? 0, Limits.idBytes, "The correlation")
  }
}

extension Turn {
  /// Throws where a limit is exceeded that is not one of a single event's, or a name is evlog's own.
  func check() throws(EventLogError) {
    guard !events.isEmpty else {
      throw EventLogError(.invalidEvent, "A turn needs at least one event")
    }
    guard events.count <= Limits.turnEvents else {
      throw EventLogError(
        .tooLarge,
        "A turn has \(events.count) events, more than the limit of \(Limits.turnEvents)",
        advice: "Split it into several turns.")
    }
    if let id {
      guard !id.isEmpty else { throw EventLogError(.invalidEvent, "A turn has an empty id") }
      guard id.utf8.count <= Limits.idBytes else {
        throw EventLogError(
          .tooLarge,
          "A turn's id has \(id.utf8.count) bytes, more than the limit of \(Limits.idBytes)")
      }
    }
    if !isOwn { try checkNames() }
  }

  /// Throws where the data and metadata of all events are more than a turn may have.
  static func check(byteCount bytes: Int) throws(EventLogError) {
    guard bytes <= Limits.turnBytes else {
      throw EventLogError(
        .tooLarge, "A turn has \(bytes) bytes of data, more than the limit of \(Limits.turnBytes)",
        advice: "Split it into several turns.")
    }
  }

  private func checkNames() throws(EventLogError) {
    func refuse(_ name: String, _ what: String) throws(EventLogError) {
      throw EventLogError(
        .invalidEvent, "\(what) '\(name)' begins with '\(Self.ownPrefix)', as only evlog's own do",
        advice: "Choose another name.")
    }
    for event in events {
      if Self.isOwn(event.type) { try refuse(event.type, "The type") }
      if Self.isOwn(event.stream) { try refuse(event.stream, "The stream") }
    }
    if let id, Self.isOwn(id) { try refuse(id, "The turn's id") }
  }
}

import SystemPackage

/// The turns that go into one frame together, and the answers that wait for it.
struct CommitGroup {
  let firstOffset: UInt64
  private(set) var encoder = BlockEncoder()
  /// The last revision of each stream as it will be after the group.
  var revisions: [Name: UInt64] = [:]
  private var turns: [Name: KnownTurn] = [:]
  /// Answers that hold only once the group is durable; they are given in the order of the requests.
  private var answers: [(Writer.Request, Result<Appended, EventLogError>, dependsOnFrame: Bool)] =
    []

  init(firstOffset: UInt64) { self.firstOffset = firstOffset }

  var isEmpty: Bool { encoder.count == 0 }
  var byteCount: Int { encoder.byteCount }

  func turn(_ id: String) -> KnownTurn? { turns[Name(id)] }

  mutating func add(_ request: Writer.Request) {
    let turn = request.turn
    let first = firstOffset + UInt64(encoder.count)
    let now = Timestamp.now()
    var touched: [String: UInt64] = [:]
    for (i, event) in turn.events.enumerated() {
      let revision = revisions[Name(event.stream)].map { $0 + 1 } ?? 0
      revisions[Name(event.stream)] = revision
      touched[event.stream] = revision
      encoder.add(
        event, revision: revision, recordedAt: event.recordedAt ?? now, beginsTurn: i == 0,
        turnID: i == 0 ? turn.id : nil)
    }
    let offsets = first..<(first + UInt64(turn.events.count))
    if let id = turn.id {
      turns[Name(id)] = KnownTurn(
        id: id, offsets: offsets, pending: turn.events, revisions: touched)
    }
    answers.append(
      (
        request,
        .success(Appended(offsets: offsets, wasAlreadyThere: false, revisions: touched)), true
      ))
  }

  /// Answers a request after the group, upon whose turns the answer may rest.
  mutating func answer(_ request: Writer.Request, _ result: Result<Appended, EventLogError>) {
    answers.append((request, result, !isEmpty))
  }

  /// Gives every answer: as it was found, or the failure of the frame they rest on.
  func finish(_ failure: EventLogError?) {
    for (request, result, dependsOnFrame) in answers {
      request.answer(dependsOnFrame ? failure.map { .failure($0) } ?? result : result)
    }
  }
}

/// A turn that is in the log, or will be with the next frame, to compare a retry with.
struct KnownTurn {
  let id: String
  let offsets: Range<UInt64>
  let revisions: [String: UInt64]
  private let events: [NewEvent]

  init(id: String, offsets: Range<UInt64>, pending: [NewEvent], revisions: [String: UInt64]) {
    self.id = id
    self.offsets = offsets
    self.revisions = revisions
    events = pending
  }

  init(id: String, offsets: Range<UInt64>, events: [RecordedEvent]) {
    self.id = id
    self.offsets = offsets
    revisions = Dictionary(events.map { ($0.stream, $0.revision) }, uniquingKeysWith: max)
    self.events = events.map { NewEvent(recorded: $0) }
  }

  /// A retry must be the same turn. A time that it does not give is not compared.
  func requireSame(as turn: Turn, _ path: FilePath) throws(EventLogError) {
    func same(_ a: NewEvent, _ b: NewEvent) -> Bool {
      var a = a
      if b.recordedAt == nil || a.recordedAt == nil { a.recordedAt = b.recordedAt }
      return a == b && a.texts == b.texts
    }
    guard events.count == turn.events.count, zip(events, turn.events).allSatisfy(same) else {
      throw EventLogError(
        .turnConflict, "The log has another turn with the id '\(id)'", file: path,
        offsets: offsets, advice: "Give the new turn an id of its own.")
    }
  }
}

extension NewEvent {
  /// Its texts, to be compared byte by byte.
  fileprivate var texts: [Name?] {
    [stream, type, contentType, id, causation, correlation].map { $0.map(Name.init) }
  }

  /// What would have to be appended to get this event again.
  public init(recorded event: RecordedEvent) {
    self.init(
      stream: event.stream, type: event.type, data: Array(event.data),
      contentType: event.contentType, schemaVersion: event.schemaVersion,
      recordedAt: event.recordedAt, id: event.id, causation: event.causation,
      correlation: event.correlation, metadata: event.metadata.map(Array.init))
  }
}

extension Turn {
  /// The bytes it takes, about.
  var byteCount: Int {
    events.reduce(0) { $0 + $1.data.count + ($1.metadata?.count ?? 0) + 32 }
  }
}

extension Turn.Expectation {
  func isMet(by actual: UInt64?) -> Bool {
    switch self {
    case .any: true
    case .noStream: actual == nil
    case .streamExists: actual != nil
    case .revision(let revision): actual == revision
    }
  }

  var words: String {
    switch self {
    case .any: "anything"
    case .noStream: "no stream"
    case .streamExists: "that the stream exists"
    case .revision(let revision): "revision \(revision)"
    }
  }
}

import SystemPackage

/// The turns that go into one frame together, and the answers that wait for it.
struct CommitGroup {
  let firstOffset: UInt64
  private(set) var encoder: BlockEncoder
  /// By number of a name in the encoder, if it is a stream: its last revision after the group.
  private(set) var revisions: [Revision] = []
  private var turns: [Name: KnownTurn] = [:]
  /// Answers that hold only once the group is durable; they are given in the order of the requests.
  private var answers: [(Writer.Request, Result<Appended, EventLogError>, dependsOnFrame: Bool)] =
    []
  /// By event of the turn that is being added: its stream's number.
  private var numbers: [Int] = []

  enum Revision {
    case notAsked
    case empty
    case last(UInt64)

    init(_ revision: UInt64?) { self = revision.map { .last($0) } ?? .empty }

    var last: UInt64? { if case .last(let revision) = self { revision } else { nil } }
    var next: UInt64 { if case .last(let revision) = self { revision + 1 } else { 0 } }
  }

  /// Begins a group with the memory of an earlier one.
  init(firstOffset: UInt64, encoder: consuming BlockEncoder) {
    self.firstOffset = firstOffset
    self.encoder = encoder
    self.encoder.removeAll()
  }

  var isEmpty: Bool { encoder.count == 0 }
  var byteCount: Int { encoder.byteCount }

  func turn(_ id: String) -> KnownTurn? { turns[Name(id)] }

  /// Forgets the streams of a turn that is not added after all.
  mutating func beginTurn() { numbers.removeAll(keepingCapacity: true) }

  /// The next event of the turn is of a stream with this number.
  mutating func addEvent(ofStream number: Int) { numbers.append(number) }

  /// A stream's number, and whether its revision must be asked for: see ``set(_:of:)``.
  mutating func number(of stream: String) -> (number: Int, isKnown: Bool) {
    let number = encoder.names.add(stream)
    while revisions.count <= number { revisions.append(.notAsked) }
    if case .notAsked = revisions[number] { return (number, false) }
    return (number, true)
  }

  mutating func set(_ revision: UInt64?, of number: Int) { revisions[number] = Revision(revision) }

  /// Adds a turn whose streams' numbers and revisions are all known.
  mutating func add(_ request: Writer.Request) {
    let turn = request.turn
    let first = firstOffset + UInt64(encoder.count)
    let now = Timestamp.now()
    var touched: [(stream: String, number: Int)] = []
    for (i, event) in turn.events.enumerated() {
      let number = numbers[i]
      let revision = revisions[number].next
      revisions[number] = .last(revision)
      if touched.last?.number != number { touched.append((event.stream, number)) }
      encoder.add(
        event, stream: number, revision: revision, recordedAt: event.recordedAt ?? now,
        beginsTurn: i == 0, turnID: i == 0 ? turn.id : nil)
    }
    let offsets = first..<(first + UInt64(turn.events.count))
    let appended = Appended(
      offsets: offsets, wasAlreadyThere: false, revisions: revisions(of: touched))
    if let id = turn.id {
      turns[Name(id)] = KnownTurn(id: id, appended, pending: turn.events)
    }
    answers.append((request, .success(appended), true))
  }

  /// The revisions of streams that a turn has just touched, each once.
  private func revisions(of touched: [(stream: String, number: Int)]) -> [StreamRevision] {
    var isListed = [Bool](repeating: false, count: touched.count > 1 ? revisions.count : 0)
    var result: [StreamRevision] = []
    result.reserveCapacity(touched.count)
    for (stream, number) in touched {
      if !isListed.isEmpty {
        if isListed[number] { continue }
        isListed[number] = true
      }
      if case .last(let revision) = revisions[number] {
        result.append(StreamRevision(stream: stream, revision: revision))
      }
    }
    return result
  }

  /// Answers a request after the group, upon whose turns the answer may rest.
  mutating func answer(_ request: Writer.Request, _ result: Result<Appended, EventLogError>) {
    answers.append((request, result, !isEmpty))
  }

  /// Makes the frame, whose bytes are then in the encoder's `payload`.
  mutating func finishFrame(
    durableBefore: UInt64, after end: FrameScan.End, salt: UInt64
  ) -> (header: FrameHeader, checksum: UInt32) {
    encoder.finishFrame(
      firstOffset: firstOffset, durableBefore: durableBefore, previousFrame: end.checksum,
      salt: salt, position: end.position)
  }

  /// Gives back the memory, when the group is done.
  mutating func take(_ encoder: inout BlockEncoder) { swap(&self.encoder, &encoder) }

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
  let appended: Appended
  private let events: [NewEvent]

  init(id: String, _ appended: Appended, pending: [NewEvent]) {
    self.id = id
    self.appended = Appended(
      offsets: appended.offsets, wasAlreadyThere: true, revisions: appended.revisions)
    events = pending
  }

  init(id: String, offsets: Range<UInt64>, events: [RecordedEvent]) {
    self.id = id
    var places: [Name: Int] = [:]
    var revisions: [StreamRevision] = []
    for event in events {
      let revision = StreamRevision(stream: event.stream, revision: event.revision)
      if let place = places[Name(event.stream)] {
        revisions[place] = revision
      } else {
        places[Name(event.stream)] = revisions.count
        revisions.append(revision)
      }
    }
    appended = Appended(offsets: offsets, wasAlreadyThere: true, revisions: revisions)
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
        offsets: appended.offsets, advice: "Give the new turn an id of its own.")
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

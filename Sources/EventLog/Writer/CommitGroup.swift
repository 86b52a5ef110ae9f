import SystemPackage

/// The turns that go into one frame together, and the answers that wait for it.
struct CommitGroup {
  let firstOffset: UInt64
  private(set) var encoder: BlockEncoder
  /// By number of a stream in the encoder: how far it is after the group.
  private(set) var revisions: [Revision] = []
  private var turns: [Name: KnownTurn] = [:]
  /// Answers that hold only once the group is durable; they are given in the order of the requests.
  private var answers: [(Writer.Request, Result<Appended, EventLogError>, dependsOnFrame: Bool)] =
    []
  /// By event of the turn that is being added: its stream's number.
  private var numbers: [Int] = []
  private var streamsBeforeTurn = 0
  /// The hashes of the streams that are new to the group with the turn.
  private var hashes: [UInt64] = []

  /// How far a stream is.
  struct Revision {
    private enum State { case notAsked, empty, last }
    private var state = State.notAsked
    private var value: UInt64 = 0
    /// The stream's number among those the writer knows, or -1.
    private(set) var known = -1

    init() {}

    init(_ revision: UInt64?, known: Int = -1) {
      state = revision == nil ? .empty : .last
      value = revision ?? 0
      self.known = known
    }

    var isAsked: Bool { state != .notAsked }
    var last: UInt64? { state == .last ? value : nil }

    /// Takes the next one.
    mutating func advance() -> UInt64 {
      value = state == .last ? value + 1 : 0
      state = .last
      return value
    }
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

  /// Looks up the streams of a turn, each of which then has a number in `numbers`.
  ///
  /// What the writer knows of them is taken over; `unknown` is called for the others. The steps come
  /// one after the other for all events, so that a processor can wait for many places in memory at
  /// once.
  mutating func beginTurn(
    _ turn: Turn, _ streams: KnownStreams,
    unknown: (String) throws(EventLogError) -> UInt64?
  ) throws(EventLogError) {
    numbers.removeAll(keepingCapacity: true)
    streamsBeforeTurn = encoder.streams.count
    let events = turn.events.span
    for i in events.indices { numbers.append(encoder.streams.add(events[i].stream)) }
    while revisions.count < encoder.streams.count { revisions.append(Revision()) }
    hashes.removeAll(keepingCapacity: true)
    for number in streamsBeforeTurn..<encoder.streams.count {
      hashes.append(encoder.streams.hash(number))
    }
    for (i, hash) in hashes.enumerated() {
      if i % NameTable.prefetchCount == 0 {
        streams.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
      }
      let number = streamsBeforeTurn + i
      if let known = streams.number(of: encoder.streams[number], hash: hash) {
        revisions[number] = Revision(streams.revision(known), known: known)
      }
    }
    for i in events.indices where !revisions[numbers[i]].isAsked {
      revisions[numbers[i]] = Revision(try unknown(events[i].stream))
    }
  }

  /// Forgets a turn that was begun and is not to be added.
  mutating func abandonTurn() {
    encoder.streams.removeLast(downTo: streamsBeforeTurn)
    revisions.removeSubrange(min(streamsBeforeTurn, revisions.count)...)
  }

  /// How far a stream will be after the group; nil where the group does not touch it.
  func revision(of stream: String) -> Revision? {
    guard let number = encoder.streams.number(of: stream), number < revisions.count,
      revisions[number].isAsked
    else { return nil }
    return revisions[number]
  }

  /// Adds the turn that was begun.
  mutating func add(_ request: Writer.Request) {
    let turn = request.turn
    let first = firstOffset + UInt64(encoder.count)
    let now = Timestamp.now()
    let events = turn.events.span
    var eventRevisions: [UInt64] = []
    eventRevisions.reserveCapacity(events.count)
    for i in events.indices {
      let revision = revisions[numbers[i]].advance()
      eventRevisions.append(revision)
      encoder.add(
        events, i, stream: numbers[i], revision: revision, now: now,
        turnID: i == 0 ? turn.id : nil)
    }
    let appended = Appended(
      offsets: first..<(first + UInt64(turn.events.count)), wasAlreadyThere: false,
      events: turn.events, eventRevisions: eventRevisions)
    if let id = turn.id {
      turns[Name(id)] = KnownTurn(
        id: id, offsets: appended.offsets, events: turn.events, eventRevisions: eventRevisions)
    }
    answers.append((request, .success(appended), true))
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

  init(id: String, offsets: Range<UInt64>, events: [NewEvent], eventRevisions: [UInt64]) {
    self.id = id
    self.events = events
    appended = Appended(
      offsets: offsets, wasAlreadyThere: true, events: events, eventRevisions: eventRevisions)
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

import SystemPackage

/// The turns that go into one frame together, and the answers that wait for it.
struct CommitGroup: ~Copyable {
  let firstOffset: Offset
  private(set) var encoder: BlockEncoder
  /// The door as it was before these turns: if they are not written, a contract among them is not in force.
  let doorBefore: Door
  private var turns: [Name: KnownTurn] = [:]
  /// Answers that hold only once the group is durable; they are given in the order of the requests.
  private var answers: [(Writer.Request, Result<Appended, EventLogError>, dependsOnFrame: Bool)] =
    []

  /// Begins a group with the memory of an earlier one, which is empty.
  init(firstOffset: Offset, encoder: consuming BlockEncoder, door: Door) {
    self.firstOffset = firstOffset
    self.encoder = encoder
    doorBefore = door
  }

  var isEmpty: Bool { encoder.count == 0 }
  var byteCount: Int { encoder.byteCount }
  /// The format that a segment must have for it.
  var format: UInt16 {
    encoder.hasSeveralCauses ? SegmentHeader.severalCausesFormat : SegmentHeader.plainFormat
  }

  func turn(_ id: String) -> KnownTurn? { turns[Name(id)] }

  /// Adds a turn, whose events are of the streams with these numbers.
  mutating func add(
    _ request: Writer.Request, of numbers: [UInt32], _ streams: inout KnownStreams,
    _ types: inout NameTable
  ) {
    let turn = request.turn
    let first = firstOffset + UInt64(encoder.count)
    encoder.prefetch(streams: numbers)
    let revisions = streams.advance(numbers)
    encoder.add(turn, streams: numbers, revisions: revisions, now: .now(), types: &types)
    let appended = Appended(
      offsets: first..<(first + UInt64(turn.events.count)), wasAlreadyThere: false,
      events: turn.events, eventRevisions: revisions)
    if let id = turn.id {
      turns[Name(id)] = KnownTurn(
        id: id, offsets: appended.offsets, events: turn.events, eventRevisions: revisions)
    }
    answers.append((request, .success(appended), true))
  }

  /// Answers a request after the group, since the answer may depend on the group's turns.
  mutating func answer(_ request: Writer.Request, _ result: Result<Appended, EventLogError>) {
    answers.append((request, result, !isEmpty))
  }

  /// Makes the body of the frame; `setFrameHeader` completes it.
  mutating func finishBody(streams: borrowing NameTable, types: borrowing NameTable)
    -> BlockEncoder.Body
  { encoder.finishBody(streamNames: streams, typeNames: types) }

  /// Completes the frame for its place; its bytes are then in the encoder's `payload`.
  mutating func setFrameHeader(
    _ body: BlockEncoder.Body, durableBefore: Offset, after end: FrameScan.End, salt: UInt64
  ) -> (header: FrameHeader, checksum: UInt32) {
    encoder.setFrameHeader(
      body, firstOffset: firstOffset, durableBefore: durableBefore, previousFrame: end.checksum,
      salt: salt, position: end.position)
  }

  /// Gives back the memory, when the group is done.
  mutating func take(_ encoder: inout BlockEncoder) { swap(&self.encoder, &encoder) }

  /// Sets the streams back to where they were, because the group did not get into the log.
  func takeBack(from streams: inout KnownStreams) {
    encoder.forEachEventBackwards { stream, revision in streams.setBack(stream, to: revision) }
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
  let appended: Appended
  private let events: [NewEvent]

  init(id: String, offsets: Range<Offset>, events: [NewEvent], eventRevisions: [Revision]) {
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
    ([stream, type, contentType, id, correlation] + causation).map { $0.map(Name.init) }
  }
}

extension Turn.Expectation {
  func isMet(by actual: Revision?) -> Bool {
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

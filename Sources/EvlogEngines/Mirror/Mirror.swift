import EvlogCore
package import EvlogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Follows a source into a log, so that each record is in it once.
///
/// The records that arrive together are one turn, whose events say at which positions they were. So wherever the
/// mirror, the engine or the machine stops, the log has whole turns, and knows itself where to go on. Before it goes
/// on, the last record in the log is compared with the source's.
package struct Mirror {
  package struct Options: Sendable {
    /// How many records make a turn at most.
    package var batch = 5000
    /// Ends when the source has nothing more, instead of waiting for more.
    package var endsAtEnd = false
    /// Begins again with a source that is not the one that was mirrored.
    package var beginsNewEpoch = false
    /// Goes on where records expired before they were mirrored.
    package var allowsGap = false
    /// How long the engine may be away; nil for any time. Before it was reached once, it may be away only if this is
    /// given.
    package var patience: Duration?

    package init() {}
  }

  /// What happens meanwhile.
  package enum Notice: Sendable {
    /// The source continues what is in the log, or begins it.
    case begins(SourceEpoch, next: UInt64)
    case newEpoch(SourceEpoch, after: Discontinuity)
    /// The engine is away, and is tried again; said once until it is back.
    case isAway(EngineError)
    case isBack
    /// Records were not there.
    case gap(Range<UInt64>, isExpired: Bool)
    /// Nothing was left to compare the source with.
    case unverified(position: UInt64)
    case caughtUp(position: UInt64, missing: UInt64)
    /// So many events were added so far.
    case progress(UInt64)
  }

  private let source: any EngineSource
  private let log: EventLog
  private var mapping: RecordMapping
  private var options: Options
  private var place: MirroredPlace?
  /// Whether the event that begins the epoch is not in the log yet.
  private var isPending = false
  private var state: SourceState?
  /// Since when the engine has not answered, and whether it ever did.
  private var awaySince: ContinuousClock.Instant?
  private var wasReached = false
  private var isAnnounced = false
  private var isEndAnnounced = false
  /// Whether the source had a record that did not arrive, when that was looked for the last time.
  private var isLookedFor = false

  /// How long to wait before an engine that is away is tried again, for records that do not come, and until the source
  /// is looked at because none came.
  private static let pause = Duration.milliseconds(500)
  private static let wait = Duration.milliseconds(200)
  private static let lookAgain = Duration.seconds(1)
  /// How long a stream that was there may be unknown to the server.
  private static let startTime = Duration.seconds(10)

  /// Of records; evlog's own events are not counted.
  package private(set) var addedEvents: UInt64 = 0
  package private(set) var addedTurns: UInt64 = 0
  /// The stretches without records, and how many positions they have.
  package private(set) var gapCount: UInt64 = 0
  package private(set) var missing: UInt64 = 0
  package private(set) var isCaughtUp = false
  /// Positions behind the last record that the source had given to records, and that have none any more.
  package private(set) var missingAtEnd: UInt64 = 0

  package init(
    _ source: any EngineSource, to log: EventLog, mapping: RecordMapping, options: Options
  ) throws {
    (self.source, self.log, self.mapping, self.options) = (source, log, mapping, options)
    place = try MirroredPlace(in: log)
  }

  /// Where the mirror is; nil before it has begun.
  package var epoch: SourceEpoch? { place?.epoch }
  package var next: UInt64? { place?.next }
  /// The last position that is in the log.
  package var position: UInt64? {
    place.flatMap { $0.next > $0.epoch.first ? $0.next - 1 : nil }
  }

  /// Follows the source until it is ended, or has caught up if that is the end.
  ///
  /// Throws a `Discontinuity` if the source does not continue what the log has, an `UnmappedRecord` if no event can be
  /// made of a record, and an `EngineError` if trying again does not help, or has been tried long enough.
  package mutating func run(
    until isEnded: () -> Bool, telling tell: (Notice) -> Void
  ) throws {
    defer { source.disconnect() }
    while !isEnded() {
      do {
        try settle(try reached(tell), tell)
        try follow(until: isEnded, tell)
        return
      } catch let error as EngineError where error.isTransient || mayComeBack(error) {
        source.disconnect()
        try wait(after: error, until: isEnded, tell)
      }
    }
  }

  // MARK: An engine that is away

  private mutating func reached(_ tell: (Notice) -> Void) throws(EngineError) -> SourceState {
    let state = try source.state()
    self.state = state
    if awaySince != nil { tell(.isBack) }
    (awaySince, wasReached) = (nil, true)
    return state
  }

  /// A server that starts again may answer before it knows its streams.
  private func mayComeBack(_ error: EngineError) -> Bool {
    error.kind == .notFound && wasReached
      && awaySince.map { ContinuousClock.now - $0 < Self.startTime } ?? true
  }

  private mutating func wait(
    after error: EngineError, until isEnded: () -> Bool, _ tell: (Notice) -> Void
  ) throws(EngineError) {
    let since = awaySince ?? .now
    let isForGood = options.patience.map { ContinuousClock.now - since >= $0 } ?? !wasReached
    if isForGood { throw error }
    if awaySince == nil { tell(.isAway(error)) }
    awaySince = since
    let end = ContinuousClock.now + Self.pause
    while ContinuousClock.now < end, !isEnded() { usleep(20_000) }
  }

  // MARK: Beginning

  /// Ensures that the source continues the log, or begins an epoch.
  private mutating func settle(_ state: SourceState, _ tell: (Notice) -> Void) throws {
    guard let place, !isPending else {
      begin(place?.epoch.number ?? 1, with: state)
      return announce(tell)
    }
    if let found = try place.discontinuity(state, source, mapping, in: log) {
      if found.isGap, options.allowsGap {
        if case .unverifiable(let position, _) = found {
          let gap = SourceGap(
            positions: place.next..<place.next, reason: .unverified, epoch: place.epoch)
          try log.appendBlocking(Turn(own: [gap.event(at: try lastTime())]))
          tell(.unverified(position: position))
        }
      } else if options.beginsNewEpoch, !found.isOtherSource {
        let epoch = begin(place.epoch.number + 1, with: state)
        // Once: the next time, it is not known to be wanted.
        options.beginsNewEpoch = false
        return tell(.newEpoch(epoch, after: found))
      } else {
        throw found
      }
    }
    announce(tell)
  }

  private mutating func announce(_ tell: (Notice) -> Void) {
    guard let place, !isAnnounced else { return }
    isAnnounced = true
    tell(.begins(place.epoch, next: place.next))
  }

  /// Begins an epoch, whose event comes into the log with the first record: it has that one's time.
  @discardableResult
  private mutating func begin(_ number: Int, with state: SourceState) -> SourceEpoch {
    let epoch = SourceEpoch(
      address: source.address, identity: state.identity, number: number, first: state.first)
    place = MirroredPlace(epoch, at: log.end.offsetAfter)
    isPending = true
    return epoch
  }

  /// The time of the last event, so that times do not run backwards.
  private func lastTime() throws(EventLogError) -> Timestamp? {
    guard let last = log.end.offsetBefore else { return nil }
    return try log.event(at: last)?.recordedAt
  }

  // MARK: Following

  private mutating func follow(until isEnded: () -> Bool, _ tell: (Notice) -> Void) throws {
    guard let next else { return }
    try source.begin(at: next)
    (isCaughtUp, isLookedFor) = (false, false)
    var batch = SourceBatch(limit: options.batch)
    var lastLook = ContinuousClock.now
    while !isEnded() {
      batch.removeAll()
      try source.read(into: &batch, waiting: Self.wait)
      if !batch.records.isEmpty {
        try append(batch, tell)
        lastLook = .now
      }
      isCaughtUp = batch.isAtEnd
      if isCaughtUp {
        try announceEnd(tell)
        if options.endsAtEnd { return }
      }
      if ContinuousClock.now - lastLook > Self.lookAgain {
        try lookAgain()
        lastLook = .now
      }
    }
  }

  /// Says once that the log has all that the source had.
  private mutating func announceEnd(_ tell: (Notice) -> Void) throws(EngineError) {
    guard !isEndAnnounced, let next else { return }
    isEndAnnounced = true
    let now = try source.state()
    state = now
    // Where records are deleted at the end, the next one shows it.
    missingAtEnd = now.last >= next ? now.last - next + 1 : 0
    tell(.caughtUp(position: next - 1, missing: missingAtEnd))
  }

  /// Nothing has arrived for a while. If the source is another one now, or has something that does not arrive for
  /// twice as long, reading begins again.
  private mutating func lookAgain() throws(EngineError) {
    guard let place else { return }
    let now = try source.state()
    state = now
    let isOther =
      now.identity.created != place.epoch.identity.created || now.last + 1 < place.next
    let hasMore = now.last >= place.next && !isCaughtUp
    if isOther || hasMore && isLookedFor {
      throw EngineError(
        .interrupted, "\(source.address): records do not arrive, or the source has changed.")
    }
    isLookedFor = hasMore
  }

  private mutating func append(_ batch: SourceBatch, _ tell: (Notice) -> Void) throws {
    guard var place, let last = batch.records.last else { return }
    var events: [NewEvent] = []
    events.reserveCapacity(batch.records.count)
    let from = place.next
    var added: UInt64 = 0
    if isPending, let first = batch.records.first {
      events.append(place.epoch.event(at: first.time))
    }
    for record in batch.records {
      // Where reading began again, a record may come that was there already.
      guard record.position >= place.next else { continue }
      if record.position > place.next {
        let hole = place.next..<record.position
        for gap in try gaps(in: hole, of: place.epoch) {
          events.append(gap.event(at: record.time))
          tell(.gap(gap.positions, isExpired: gap.reason == .expired))
        }
      }
      events.append(try mapping.event(of: record, in: place.epoch))
      place.next = record.position + 1
      added += 1
    }
    guard place.next > from else { return }
    let turn = Turn(own: events, id: place.epoch.turnID(from...last.position))
    let appended = try log.appendBlocking(turn)
    if isPending { place.offset = appended.offsets.lowerBound }
    (self.place, isPending, isLookedFor) = (place, false, false)
    addedEvents += added
    addedTurns += 1
    tell(.progress(addedEvents))
  }

  /// What is said of positions without a record. Those before the first one that the source still has expired, and the
  /// others were deleted.
  private mutating func gaps(in hole: Range<UInt64>, of epoch: SourceEpoch) throws -> [SourceGap] {
    if state.map({ $0.first <= hole.lowerBound }) ?? true { state = try source.state() }
    let first = min(max(state?.first ?? 0, hole.lowerBound), hole.upperBound)
    var found: [SourceGap] = []
    if first > hole.lowerBound {
      let expired = hole.lowerBound..<first
      guard options.allowsGap else { throw Discontinuity.expired(expired) }
      found.append(SourceGap(positions: expired, reason: .expired, epoch: epoch))
    }
    if first < hole.upperBound {
      found.append(SourceGap(positions: first..<hole.upperBound, reason: .deleted, epoch: epoch))
    }
    gapCount += UInt64(found.count)
    missing += UInt64(hole.count)
    return found
  }
}

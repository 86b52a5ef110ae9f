import CEvlog
public import EvlogCore
public import Synchronization

/// A reducer that decodes events in place, without a copy: the fast way through a long log.
///
///     struct Totals: Machine, ViewDecoding {
///       struct State: Codable, Sendable { var cents: [Int] = Array(repeating: 0, count: 1000) }
///       struct Event: Sendable { let account: Int, cents: Int }
///
///       func decode(_ event: borrowing EventView) throws -> Event {
///         guard event.hasType("deposited") else { throw UnknownEventType(type: event.typeText) }
///         let data = JSONView(event.data)
///         return Event(account: try data.integer("account"), cents: try data.integer("cents"))
///       }
///       // …
///     }
///
/// If events are `Decodable`, you need not write `decode`: they are read from the text in place. If events must
/// be upcast first, and wherever single events are reduced, ``Reducer`` passes a copy, which is read in the
/// same way.
public protocol ViewDecoding: Machine {
  /// Makes the reducer's event from an event in a block. Throws `UnknownEventType` for types that the reducer
  /// does not know.
  func decode(_ event: borrowing EventView) throws -> Event
}

extension ViewDecoding where Event: Decodable {
  /// Decodes `Codable` events as ``Reducer`` does, without a copy of the text.
  public func decode(_ event: borrowing EventView) throws -> Event {
    try EventDecoder.decode(Event.self, from: event.data, of: event.typeText)
  }

  public func decode(_ event: RecordedEvent) throws -> Event {
    let block = EventBlock(event)
    return try decode(block[0])
  }
}

extension ViewDecoding {
  public func decode(_ event: RecordedEvent) throws -> Event {
    let block = EventBlock(event)
    return try decode(block[0])
  }

  /// The program that runs this machine. It is made where the machine's type is known, so that the compiler
  /// makes the whole loop for it.
  @inlinable
  public var program: CompiledProgram<Self> {
    CompiledProgram(self) { machine, state, block, pass in
      try pass.reduce(machine, &state, block)
    }
  }
}

/// Reduces the events of a block into one state and, on request, judges the state after each.
public typealias BlockReducer<M: Machine> =
  @Sendable (M, inout M.State, borrowing EventBlock, inout BlockPass<M>) throws -> Void

/// One way through a block.
public struct BlockPass<M: Machine> {
  /// The place of the event that is being reduced.
  @usableFromInline var place: Int
  @usableFromInline let end: Int
  /// By type, from the first number on: whether its events change nothing. Empty where there is none.
  @usableFromInline let ignored: [Bool]
  @usableFromInline let firstType: Int
  /// What must be true of each state.
  @usableFromInline let predicates: [@Sendable (M.State) throws -> Bool]
  /// The last verdict of each.
  @usableFromInline var verdicts: [Verdict?]
  /// Verdicts that became others: which, after which event, and why it is undefined.
  @usableFromInline var changes: [(predicate: Int, place: Int, verdict: Verdict, reason: String?)] =
    []
  @usableFromInline var reduced: UInt64 = 0
  /// Where regions are counted: what the region of a state is, and what was counted.
  @usableFromInline let regionOf: (@Sendable (M.State) -> String)?
  @usableFromInline var moves: RegionMoves
  /// The same by numbers, where regions have them.
  @usableFromInline let regionNumber: (@Sendable (M.State) -> Int)?

  init(
    from place: Int, to end: Int, firstType: Int, ignored: [Bool],
    predicates: [@Sendable (M.State) throws -> Bool], verdicts: [Verdict?],
    regionOf: (@Sendable (M.State) -> String)? = nil,
    regionNumber: (@Sendable (M.State) -> Int)? = nil, moves: RegionMoves = RegionMoves()
  ) {
    self.regionOf = regionOf
    self.regionNumber = regionNumber
    self.moves = moves
    self.place = place
    self.end = end
    self.firstType = firstType
    self.ignored = ignored
    self.predicates = predicates
    self.verdicts = verdicts
  }
}

/// Says which event it was, should the reducer trap; for the thread that made it.
@safe @usableFromInline struct CrashNote {
  // Atomic, so that each offset is written before its event is reduced.
  @usableFromInline let offset: UnsafePointer<Atomic<UInt64>>

  @usableFromInline init() {
    unsafe offset = unsafe UnsafeRawPointer(evlog_crash_note_place())
      .assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  @inlinable func callAsFunction(_ offset: Offset) {
    unsafe self.offset.pointee.store(UInt64(offset), ordering: .relaxed)
  }
}

extension BlockPass where M: ViewDecoding {
  /// Reduces every event of the block, and judges the states after each.
  @inlinable
  public mutating func reduce(
    _ machine: M, _ state: inout M.State, _ block: borrowing EventBlock
  ) throws {
    if let regionNumber { return try count(machine, &state, block, by: regionNumber) }
    let noteForCrash = CrashNote()
    while place < end {
      let event = block[place]
      if !ignored.isEmpty, ignored[event.typeNumber &- firstType] {
        place &+= 1
        continue
      }
      noteForCrash(event.offset)
      let decoded = try machine.decode(event)
      machine.reduce(into: &state, decoded, EventContext(event))
      reduced &+= 1
      if !predicates.isEmpty { judge(state) }
      if let regionOf {
        moves.enter(regionOf(state), by: event.typeNumber &- firstType, at: event.offset)
      }
      place &+= 1
    }
  }

  /// Reduces every event of the block, and counts the regions that they lead to.
  ///
  /// What region an event led to is asked after the next one is decoded: by then what it wrote is where it can
  /// be read without a wait.
  @inlinable
  mutating func count(
    _ machine: M, _ state: inout M.State, _ block: borrowing EventBlock,
    by regionNumber: @Sendable (M.State) -> Int
  ) throws {
    var counted = moves.takeCounts()
    var region = moves.region
    let (side, places) = (moves.side, moves.places)
    let (end, ignored, firstType) = (end, ignored, firstType)
    var (next, reduced) = (place, self.reduced)
    var failure: (any Error)?
    do {
      var counts = counted.mutableSpan
      // The event that was reduced last: where the counts of its type begin, and its offset.
      var last = -1
      var offset: Offset = 0
      let noteForCrash = CrashNote()
      while next < end {
        let event = block[next]
        let type = event.typeNumber &- firstType
        if !ignored.isEmpty, ignored[type] {
          next &+= 1
          continue
        }
        noteForCrash(event.offset)
        let decoded: M.Event
        do { decoded = try machine.decode(event) } catch {
          failure = error
          break
        }
        if last >= 0 { counts.enter(regionNumber(state), from: &region, side, last, offset) }
        machine.reduce(into: &state, decoded, EventContext(event))
        last = places[type]
        offset = event.offset
        reduced &+= 1
        next &+= 1
      }
      if last >= 0 { counts.enter(regionNumber(state), from: &region, side, last, offset) }
    }
    (place, self.reduced) = (next, reduced)
    moves.put(counted, in: region)
    if let failure { throw failure }
  }

  @inlinable
  mutating func judge(_ state: M.State) {
    for i in predicates.indices {
      do {
        let verdict: Verdict = try predicates[i](state) ? .holds : .violated
        if verdicts[i] != verdict { note(i, verdict, nil) }
      } catch {
        if verdicts[i] != .undefined { note(i, .undefined, "\(error)") }
      }
    }
  }

  @usableFromInline
  mutating func note(_ i: Int, _ verdict: Verdict, _ reason: String?) {
    verdicts[i] = verdict
    changes.append((i, place, verdict, reason))
  }
}

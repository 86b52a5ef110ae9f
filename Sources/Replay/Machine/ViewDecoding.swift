import CEvlog
public import EventLog

/// A reducer that decodes events where they lie, without a copy of anything: the fast way through a long
/// log.
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
/// Where events are `Decodable`, `decode` needs not be written: they are read from the text where it lies.
/// Where events must be upcast first, and wherever single events are reduced, ``Reducer`` hands over a
/// copy, which is looked at in the same way.
public protocol ViewDecoding: Machine {
  /// Makes the reducer's event of one in a block. Throws `UnknownEventType` for types that the reducer
  /// does not know.
  func decode(_ event: borrowing EventView) throws -> Event
}

extension ViewDecoding where Event: Decodable {
  /// As ``Reducer`` makes events of `Codable` types, without a copy of the text.
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

  /// This machine for the engine; made where the machine's type is known, so that the compiler makes the
  /// whole loop for it.
  @inlinable
  public var program: CompiledProgram<Self> {
    CompiledProgram(self) { machine, state, block, pass in
      try pass.reduce(machine, &state, block)
    }
  }
}

/// Reduces the events of a block into one state, and judges it after each where that is asked for.
public typealias BlockReducer<M: Machine> =
  @Sendable (M, inout M.State, borrowing EventBlock, inout BlockPass<M>) throws -> Void

/// One way through a block.
public struct BlockPass<M: Machine> {
  /// The place of the event that is being reduced.
  @usableFromInline var place: Int
  @usableFromInline let end: Int
  /// By number of type: whether its events change nothing.
  @usableFromInline let ignored: [Bool]
  /// What must be true of each state.
  @usableFromInline let predicates: [@Sendable (M.State) throws -> Bool]
  /// The last verdict of each.
  @usableFromInline var verdicts: [Verdict?]
  /// Verdicts that became others: which, after which event, and why it is undefined.
  @usableFromInline var changes: [(predicate: Int, place: Int, verdict: Verdict, reason: String?)] =
    []
  @usableFromInline var reduced: UInt64 = 0
  /// Where regions are counted: what the region of a state is.
  @usableFromInline let regionOf: (@Sendable (M.State) -> String)?
  /// The regions that were met, the present one, and how often each type led from one to another.
  @usableFromInline var regions: [String] = []
  @usableFromInline var region = 0
  @usableFromInline var moves: [RegionMoveCount] = []
  /// Where a move is among these, and which of them were asked for last: most moves are the same few.
  @usableFromInline var movePlaces: [RegionMove: Int] = [:]
  @usableFromInline var moveCache: [(word: UInt64, place: Int)] = []

  init(
    from place: Int, to end: Int, ignored: [Bool],
    predicates: [@Sendable (M.State) throws -> Bool], verdicts: [Verdict?],
    regionOf: (@Sendable (M.State) -> String)? = nil, region: String? = nil
  ) {
    self.regionOf = regionOf
    if let region {
      regions = [region]
      moveCache = Array(repeating: (.max, 0), count: RegionMove.cacheCount)
    }
    self.place = place
    self.end = end
    self.ignored = ignored
    self.predicates = predicates
    self.verdicts = verdicts
  }
}

/// A type that leads from one region to another, by their numbers: one word, so that it is found fast.
@usableFromInline struct RegionMove: Hashable, Sendable {
  @usableFromInline let word: UInt64

  /// A block has fewer than a million events, and so fewer regions and types.
  @inlinable init(type: Int, from: Int, to: Int) {
    word = UInt64(type) &<< 40 | UInt64(from) &<< 20 | UInt64(to)
  }

  /// Where in the cache it may be.
  @inlinable var cachePlace: Int {
    Int(truncatingIfNeeded: word ^ word &>> 17 ^ word &>> 40) & (Self.cacheCount &- 1)
  }
  @inlinable static var cacheCount: Int { 64 }

  @inlinable var type: Int { Int(truncatingIfNeeded: word &>> 40) }
  @inlinable var from: Int { Int(truncatingIfNeeded: word &>> 20 & 0xFFFFF) }
  @inlinable var to: Int { Int(truncatingIfNeeded: word & 0xFFFFF) }
}

@usableFromInline struct RegionMoveCount: Sendable {
  @usableFromInline let move: RegionMove
  @usableFromInline var events: UInt64 = 0
  @usableFromInline var first: UInt64
  @usableFromInline var last: UInt64

  @usableFromInline init(_ move: RegionMove, at offset: UInt64) {
    self.move = move
    (first, last) = (offset, offset)
  }

  @usableFromInline mutating func add(_ offset: UInt64) {
    events &+= 1
    last = offset
  }
}

/// Says which event it was, should the reducer trap.
@usableFromInline func noteForCrash(_ offset: UInt64) { evlog_crash_note_offset(offset) }

extension BlockPass where M: ViewDecoding {
  /// Reduces every event of the block, and judges the states after each.
  @inlinable
  public mutating func reduce(
    _ machine: M, _ state: inout M.State, _ block: borrowing EventBlock
  ) throws {
    while place < end {
      let event = block[place]
      if ignored[event.typeNumber] {
        place &+= 1
        continue
      }
      noteForCrash(event.offset)
      let decoded = try machine.decode(event)
      machine.reduce(into: &state, decoded, EventContext(event))
      reduced &+= 1
      if !predicates.isEmpty { judge(state) }
      if let regionOf { enter(regionOf(state), by: event) }
      place &+= 1
    }
  }

  @inlinable
  mutating func enter(_ name: String, by event: borrowing EventView) {
    let next = isSameWord(name, regions[region]) ? region : number(of: name)
    let move = RegionMove(type: event.typeNumber, from: region, to: next)
    let offset = event.offset
    let cached = moveCache[move.cachePlace]
    let place = cached.word == move.word ? cached.place : place(of: move, at: offset)
    moves[place].add(offset)
    region = next
  }

  /// The same few texts are nearly always the same words, too.
  @inlinable @inline(__always)
  func isSameWord(_ a: String, _ b: String) -> Bool {
    unsafe unsafeBitCast(a, to: (UInt64, UInt64).self)
      == unsafeBitCast(b, to: (UInt64, UInt64).self)
  }

  @inlinable
  mutating func number(of name: String) -> Int {
    for i in regions.indices where isSameWord(regions[i], name) { return i }
    // Names are bytes.
    for i in regions.indices where regions[i].utf8.elementsEqual(name.utf8) { return i }
    regions.append(name)
    return regions.count &- 1
  }

  /// A move that is not in the cache, and may not have been met before.
  @usableFromInline
  mutating func place(of move: RegionMove, at offset: UInt64) -> Int {
    let few = 16
    let known =
      moves.count <= few
      ? moves.firstIndex { $0.move.word == move.word } : movePlaces[move]
    let place = known ?? moves.count
    if place == moves.count {
      moves.append(RegionMoveCount(move, at: offset))
      if moves.count == few + 1 {
        for (i, count) in moves.enumerated() { movePlaces[count.move] = i }
      } else if moves.count > few {
        movePlaces[move] = place
      }
    }
    moveCache[move.cachePlace] = (move.word, place)
    return place
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

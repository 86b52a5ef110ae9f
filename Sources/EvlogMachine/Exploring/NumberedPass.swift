public import EvlogCore

/// The way through the events of some states that numbers tell apart. It is compiled where the machine's type is known.
public struct NumberedPass<M: Machine> {
  /// The number that an event's type has, for an event that was not met lately.
  @usableFromInline let typeNumber: (M.Event) throws -> Int
  @usableFromInline let region: (@Sendable (M.State) -> Int)?
  @usableFromInline let context: EventContext
  @usableFromInline let isKnown: (Digest) -> Bool
  @usableFromInline var types: RecentTypes<M.Event>
  @usableFromInline var recent: RecentDigests
  @usableFromInline var found: Expansion<ExploredNode<M>>
  /// The state whose events are executed, and its region.
  @usableFromInline var node = 0
  @usableFromInline var from = 0

  init(
    typeNumber: @escaping (M.Event) throws -> Int, region: (@Sendable (M.State) -> Int)?,
    _ context: EventContext, isKnown: @escaping (Digest) -> Bool, _ types: RecentTypes<M.Event>,
    _ recent: RecentDigests, into found: Expansion<ExploredNode<M>>
  ) {
    self.typeNumber = typeNumber
    self.region = region
    self.context = context
    self.isKnown = isKnown
    self.types = types
    self.recent = recent
    self.found = found
  }

  /// Executes the events of a state.
  @inlinable
  mutating func execute(
    _ events: [M.Event], in state: M.State, of machine: M, number: (M.State) -> UInt128,
    symmetry: ((M.State) -> M.State)?
  ) throws {
    for k in events.indices {
      let type: Int
      if let known = types.number(of: events[k]) {
        type = known
      } else {
        found.trying = ExploredPlace(node, k)
        type = try typeNumber(events[k])
        types.note(events[k], type)
      }
      var next = state
      machine.reduce(into: &next, events[k], context)
      found.steps.append(
        ExploredStep(node, type: type, from: from, to: region.map { $0(next) } ?? 0))
      let digest = Digest(number: number(symmetry.map { $0(next) } ?? next))
      if recent.meets(digest) || isKnown(digest) { continue }
      found.arrivals.append(
        .init(ExploredPlace(node, k), digest, ExploredNode(state: next, memories: [])))
    }
  }
}

extension Digest {
  /// A number in the place of a digest, where it says everything.
  @inlinable init(number: UInt128) {
    self.init(
      high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
  }
}

/// A state of a compiled machine, with what history invariants remember.
public struct ExploredNode<M: Machine>: Sendable {
  public var state: M.State
  @usableFromInline var memories: [any Sendable]

  @inlinable init(state: M.State, memories: [any Sendable]) {
    self.state = state
    self.memories = memories
  }
}

/// The numbers of the types of events that were met lately, by the bytes of each.
///
/// Equal bytes are equal events. Those that differ where nothing is kept are looked at again.
@usableFromInline struct RecentTypes<Event> {
  @usableFromInline static var isSmall: Bool {
    @inlinable get { _isPOD(Event.self) && MemoryLayout<Event>.size <= 16 }
  }

  @usableFromInline var events: [UInt128]
  /// Less than 0 where no event is.
  @usableFromInline var numbers: [Int]

  init() {
    events = Array(repeating: 0, count: 256)
    numbers = Array(repeating: -1, count: 256)
  }

  @inlinable static func bytes(of event: Event) -> UInt128 {
    var bytes: UInt128 = 0
    unsafe withUnsafeMutableBytes(of: &bytes) { target in
      unsafe withUnsafeBytes(of: event) { source in unsafe target.copyMemory(from: source) }
    }
    return bytes
  }

  @inlinable static func place(of bytes: UInt128) -> Int {
    let folded =
      UInt64(truncatingIfNeeded: bytes) ^ UInt64(truncatingIfNeeded: bytes >> 64) &* 31
    return Int((folded &* 0x9E37_79B9_7F4A_7C15) >> 56)
  }

  @inlinable func number(of event: Event) -> Int? {
    guard Self.isSmall else { return nil }
    let bytes = Self.bytes(of: event)
    let place = Self.place(of: bytes)
    return events[place] == bytes && numbers[place] >= 0 ? numbers[place] : nil
  }

  @inlinable mutating func note(_ event: Event, _ number: Int) {
    guard Self.isSmall else { return }
    let bytes = Self.bytes(of: event)
    let place = Self.place(of: bytes)
    events[place] = bytes
    numbers[place] = number
  }
}

/// The digests that were met last, as far as there is room for them.
@usableFromInline struct RecentDigests {
  @usableFromInline var digests: [Digest]
  @usableFromInline var hasZero = false

  /// So many have room; a power of two, as the places are made of the upper twelve bits.
  static let room = 1 << 12

  /// With room for none, none is met.
  init(room: Int) { digests = Array(repeating: .zero, count: room) }

  /// Whether a digest is among them; from now on it is.
  @inlinable mutating func meets(_ digest: Digest) -> Bool {
    if digests.isEmpty { return false }
    // What is in every place at first must be told from what was met.
    if digest.low | digest.high == 0 {
      defer { hasZero = true }
      return hasZero
    }
    let bits = (digest.low ^ (digest.high &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
    let place = Int(bits >> 52)
    let known = digests[place]
    if known.low == digest.low, known.high == digest.high { return true }
    digests[place] = digest
    return false
  }
}

import EvlogContracts
package import EvlogStore

/// Adds the events of an input that are not in the log yet, in turns.
///
/// First it looks which of the log's sources the input is; then it goes along that source's events,
/// which must be the input's; and what the input has after them is added. Wherever it is broken off,
/// the log has whole turns of the source, and the next import goes on behind them.
package struct Importer {
  private let log: EventLog
  private let batch: Int
  private let name: String?
  private let sources: [ImportedSource]
  private var stage = Stage.looking
  /// What the input's name in the log is made of, where it is a new one.
  private var digest = Digest.zero
  /// The events that wait, the lines that they were on, and the turns that they must be.
  private var pending: [Pending] = []
  private var pendingBytes = 0

  private typealias Pending = (event: NewEvent, line: Int, turn: UInt64?, position: Int64?)

  private enum Stage {
    case looking
    /// The next event must be the last one that was imported.
    case resuming(ImportAnchor)
    case comparing([SourceReader])
    case adding(source: String)
  }

  /// How many of the input's events have been seen, and how many of them are in the log.
  private var seen: UInt64 = 0
  package private(set) var addedEvents: UInt64 = 0
  package private(set) var addedTurns: UInt64 = 0
  package private(set) var alreadyThere: UInt64 = 0
  package private(set) var firstAdded: Offset?
  /// How many events of this source the log has.
  package private(set) var sourceEvents: UInt64 = 0

  /// Whether there were earlier imports, and this input continues none of them.
  package private(set) var isUnlikeEarlierImports = false

  /// A name makes an input the source of that name, whatever is in it.
  package init(log: EventLog, batch: Int, name: String?) throws {
    self.log = log
    self.batch = batch
    self.name = name
    sources = try ImportedSources(of: log).all
  }

  /// Goes on behind an event, which comes first then, and not all of the source before it.
  package mutating func resume(at anchor: ImportAnchor) throws {
    guard let now = sources.first(where: { $0.id == anchor.source }), now.count == anchor.count
    else { throw ImportAnchor.Moved() }
    stage = .resuming(anchor)
  }

  package mutating func add(_ next: SourceEvent) throws {
    let event: Pending = (next.event, next.line, next.turn, next.position)
    seen += 1
    switch stage {
    case .resuming(let anchor): try compare(event, with: anchor)
    case .looking:
      digest = digest.chained(with: next.bytes)
      hold(event)
      let isEnough =
        pending.count >= SourceChoice.windowEvents || pendingBytes >= SourceChoice.windowBytes
      if sources.isEmpty ? pending.count >= min(batch, SourceChoice.windowEvents) : isEnough {
        try choose()
      }
    case .comparing: try compare(event)
    case .adding: try put(event)
    }
  }

  package mutating func finish() throws {
    if case .looking = stage { try choose() }
    switch stage {
    case .looking: break
    case .resuming(let anchor): throw ImportAnchor.Missing(position: anchor.position)
    case .comparing(let readers):
      alreadyThere = seen
      sourceEvents = readers.map(\.source.count).min() ?? seen
    case .adding: try append()
    }
  }

  private mutating func hold(_ next: Pending) {
    pending.append(next)
    pendingBytes += next.event.byteCount
  }

  // MARK: Which source it is

  private mutating func choose() throws {
    guard !pending.isEmpty else { return }
    let window = pending
    (pending, pendingBytes) = ([], 0)
    let id = name.map { "\(Digest(of: Array($0.utf8)))" }
    let candidates = id == nil ? sources : sources.filter { $0.id == id }
    switch try SourceChoice(window.map(\.event), candidates, named: id != nil, in: log) {
    case .changed(let difference):
      throw DifferentCopy(difference, line: window[difference.index].line, name: name)
    case .among(let sources):
      stage = .comparing(sources.map { SourceReader($0, in: log) })
    case .other:
      isUnlikeEarlierImports = id == nil && !sources.isEmpty
      // The same lines are other events where they are given another stream.
      while sources.contains(where: { $0.id == "\(digest)" }) { digest = digest.chained(with: []) }
      stage = .adding(source: id ?? "\(digest)")
    }
    seen -= UInt64(window.count)
    for event in window {
      seen += 1
      if case .comparing = stage { try compare(event) } else { try put(event) }
    }
  }

  // MARK: What is there

  private mutating func compare(_ next: Pending, with anchor: ImportAnchor) throws {
    guard next.position == anchor.position else {
      throw ImportAnchor.Missing(position: anchor.position)
    }
    if let field = next.event.difference(from: anchor.event) {
      throw DifferentCopy(
        SourceDifference(
          source: anchor.source, index: 0, offset: anchor.event.offset, field: field),
        line: next.line, name: name)
    }
    seen = anchor.count
    (alreadyThere, sourceEvents) = (anchor.count, anchor.count)
    stage = .adding(source: anchor.source)
  }

  /// Goes one event along each of the sources that the input may be.
  private mutating func compare(_ next: Pending) throws {
    guard case .comparing(let readers) = stage else { return }
    stage = .looking
    var same: [SourceReader] = []
    var ended: String?
    var difference: SourceDifference?
    for var reader in readers {
      switch try reader.next() {
      case nil: ended = ended ?? reader.source.id
      case .lost: same.append(reader)
      case .event(let there):
        if let field = next.event.difference(from: there) {
          difference = SourceDifference(
            source: reader.source.id, index: 0, offset: there.offset, field: field)
        } else {
          same.append(reader)
        }
      }
    }
    if !same.isEmpty {
      stage = .comparing(same)
    } else if let ended {
      alreadyThere = seen - 1
      sourceEvents = alreadyThere
      stage = .adding(source: ended)
      try put(next)
    } else if let difference {
      throw DifferentCopy(difference, line: next.line, name: name)
    }
  }

  // MARK: What is new

  private mutating func put(_ next: Pending) throws {
    if let last = pending.last, last.turn != next.turn { try append() }
    if pendingBytes + next.event.byteCount > Limits.turnBytes {
      if next.turn != nil, !pending.isEmpty { throw TooLargeTurn(line: next.line) }
      try append()
    }
    hold(next)
    if pending.count >= batch, next.turn == nil { try append() }
  }

  private mutating func append() throws {
    guard case .adding(let source) = stage, !pending.isEmpty else { return }
    let id = ImportTurn.id(
      of: source, first: sourceEvents, count: pending.count, position: pending.last?.position)
    let appended: Appended
    do throws(EventLogError) {
      appended = try log.appendBlocking(Turn(own: pending.map(\.event), id: id))
    } catch {
      guard let index = error.refusal?.index, pending.indices.contains(index) else { throw error }
      throw RefusedEvent(error: error, line: pending[index].line)
    }
    firstAdded = firstAdded ?? appended.offsets.lowerBound
    sourceEvents += UInt64(pending.count)
    addedEvents += UInt64(pending.count)
    addedTurns += 1
    pending.removeAll(keepingCapacity: true)
    pendingBytes = 0
  }
}

/// An event of the input breaks the log's contract, and so its turn was not added.
package struct RefusedEvent: Error {
  package let error: EventLogError
  package let line: Int
}

/// The events that must be one turn are too large for one.
package struct TooLargeTurn: Error {
  package let line: Int
}

/// An input is a changed copy of what was imported.
package struct DifferentCopy: Error {
  package let difference: SourceDifference
  package let line: Int
  /// The name that the input was given, if any.
  package let name: String?

  init(_ difference: SourceDifference, line: Int, name: String?) {
    (self.difference, self.line, self.name) = (difference, line, name)
  }
}

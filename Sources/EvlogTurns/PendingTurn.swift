import EvlogCore
import EvlogMachine

/// A turn that was decided, encoded, reduced and judged, and is not in the log yet.
///
/// It does not know the decider's types: what is generic is slow where it is not made for one type, and a
/// turn is what every command waits for.
struct PendingTurn {
  /// A stream that the turn writes to.
  private struct Part {
    let stream: TrackedStream
    /// The state before the turn, and how many events there were.
    let before: Checkpoint
    let count: UInt64
    /// The events of the turn, as the log will have them.
    var events: [RecordedEvent] = []
  }

  let time: Timestamp
  /// The offset that its first event gets, unless others come first.
  let base: Offset
  private var parts: [Part] = []
  private var events: [NewEvent] = []

  var isEmpty: Bool { events.isEmpty }

  init(time: Timestamp, base: Offset) {
    self.time = time
    self.base = base
  }

  /// One command's events. Throws where they break an invariant.
  mutating func add(
    _ events: [EncodedEvent], to stream: TrackedStream, _ machine: MachineDescriptor,
    _ details: TurnDetails
  ) throws {
    let before = try stream.execution.checkpoint()
    let part = part(of: stream, before)
    var recorded: [RecordedEvent] = []
    for event in events {
      var new = NewEvent(event, stream: stream.name)
      new.recordedAt = time
      new.causation = details.causation
      new.correlation = details.correlation
      new.metadata = details.metadata
      recorded.append(
        RecordedEvent(
          new, offset: base + UInt64(self.events.count),
          revision: Revision(parts[part].count) + parts[part].events.count + recorded.count))
      self.events.append(new)
    }
    do {
      if let bad = try stream.reduce(recorded[...]) {
        throw try stream.explain(bad, after: recorded[...], from: before, machine)
      }
    } catch let error as MachineError { throw TurnError.machine(error, stream: stream.name) }
    parts[part].events += recorded
  }

  /// The index of a stream among the parts, to which it is added if necessary.
  private mutating func part(of stream: TrackedStream, _ before: Checkpoint) -> Int {
    if let known = parts.firstIndex(where: { $0.stream === stream }) { return known }
    parts.append(Part(stream: stream, before: before, count: stream.count))
    return parts.count - 1
  }

  /// The turn for the log. It expects the revisions that it was decided on, and that no new order about a
  /// stream was recorded.
  func turn(_ details: TurnDetails, _ orders: Orders) -> Turn {
    var expectations = [orders.stream: Turn.Expectation(next: orders.count)]
    for part in parts { expectations[part.stream.name] = Turn.Expectation(next: part.count) }
    return Turn(events, id: details.id, expecting: expectations)
  }

  /// It is in the log. Where its offsets are others than was thought, a reducer that looks at them may
  /// have gone elsewhere: then the events are reduced again, as they are, and the states may be others: true.
  func settle(at appended: Appended) throws -> Bool {
    let shift = appended.offsets.lowerBound.rawValue &- base.rawValue
    for part in parts {
      if shift != 0 {
        try part.stream.execution.resume(from: part.before)
        var events = part.events
        for i in events.indices {
          events[i].offset = Offset(events[i].offset.rawValue &+ shift)
        }
        _ = try part.stream.reduce(events[...])
      }
      part.stream.hasAppended(part.events.count, through: appended.offsets.cutAfter)
    }
    return shift != 0
  }

  /// The states are as before it.
  func takeBack() throws {
    for part in parts { try part.stream.execution.resume(from: part.before) }
  }
}

extension Turn.Expectation {
  /// The expectation for a stream whose next event gets this revision.
  fileprivate init(next: UInt64) { self = next == 0 ? .noStream : .revision(Revision(next - 1)) }
}

import EventLog
import Replay

/// A turn that was decided, encoded, reduced and judged, and is not in the log yet.
struct Decided<D: Decider> {
  let time: Timestamp
  /// The offset that its first event gets, unless others come first.
  let base: UInt64
  private(set) var events: [D.Event] = []
  /// The events as the log will have them, with the streams' states that they were reduced into.
  private var recorded: [RecordedEvent] = []
  private var streams: [(state: StreamState<D>, checkpoint: Checkpoint, count: UInt64)] = []
  /// The streams of the commands, in their order.
  private var asked: [StreamState<D>] = []

  init(time: Timestamp, base: UInt64) {
    self.time = time
    self.base = base
  }

  /// One command's events. Throws where they break an invariant.
  mutating func add(
    _ events: [D.Event], of decider: D, to state: StreamState<D>, _ machine: MachineDescriptor,
    _ details: TurnDetails
  ) throws {
    let before = state.execution.checkpoint()
    if !streams.contains(where: { $0.state === state }) {
      streams.append((state, before, state.count))
    }
    var count = state.count + UInt64(self.recorded.count { Name($0.stream) == Name(state.stream) })
    var recorded: [RecordedEvent] = []
    for event in events {
      var new = NewEvent(try decider.encode(event, to: state.stream), stream: state.stream)
      new.recordedAt = time
      new.causation = details.causation
      new.correlation = details.correlation
      new.metadata = details.metadata
      recorded.append(
        RecordedEvent(
          new, offset: base + UInt64(self.recorded.count + recorded.count), revision: count))
      count += 1
    }
    do {
      if let bad = try state.reduce(recorded[...]) {
        throw try state.explain(bad, after: recorded[...], from: before, machine)
      }
    } catch let error as MachineError { throw TurnError.machine(error, stream: state.stream) }
    self.recorded += recorded
    self.events += events
    asked.append(state)
  }

  func turn(_ details: TurnDetails) -> Turn {
    var expectations: [String: Turn.Expectation] = [:]
    for (state, _, count) in streams {
      expectations[state.stream] = count == 0 ? .noStream : .revision(count - 1)
    }
    return Turn(
      recorded.map { event in
        NewEvent(
          stream: event.stream, type: event.type, data: Array(event.data),
          contentType: event.contentType, schemaVersion: event.schemaVersion,
          recordedAt: event.recordedAt, causation: event.causation,
          correlation: event.correlation, metadata: event.metadata.map { Array($0) })
      }, id: details.id, expecting: expectations)
  }

  /// It is in the log. Where its offsets are others than was thought, a reducer that looks at them may
  /// have gone elsewhere: then the events are reduced again, as they are.
  func settle(at appended: Appended) throws {
    let shift = appended.offsets.lowerBound &- base
    for (state, checkpoint, _) in streams {
      let own = recorded.filter { Name($0.stream) == Name(state.stream) }
      if shift != 0 {
        state.execution.resume(from: checkpoint)
        _ = try state.reduce(
          own.map { event in
            var event = event
            event.offset &+= shift
            return event
          }[...])
      }
      state.hasAppended(own.count, through: appended.offsets.upperBound)
    }
  }

  /// The states are as before it.
  func takeBack() {
    for (state, checkpoint, _) in streams { state.execution.resume(from: checkpoint) }
  }

  func turned(_ appended: Appended?, _ attempts: Int) -> Turned<D> {
    Turned(events: events, appended: appended, states: asked.map { $0.state }, attempts: attempts)
  }
}

import EvlogCore
import EvlogMachine
import EvlogReplay

/// Stretches of events between two cuts, the last one first, each longer than the one behind it.
///
/// Following paths costs far more than reducing events, and most values were written recently. So events are
/// first reduced without watching the paths, and states are kept where stretches begin.
struct WriterStretches {
  private static let shortest: UInt64 = 64
  private static let growth: UInt64 = 8

  private let playhead: Playhead
  /// Where stretches begin, the lowest cut first; the last one is where the execution stands.
  private var begins: [(cut: Cut, state: Checkpoint?)]
  private var end: Cut
  private var isFirst = true

  /// As a whole, it is one stretch.
  init(
    _ replayer: Replayer, from start: Cut, to end: Cut, key: String?, isWhole: Bool,
    _ work: inout Replayer.Work
  ) throws {
    let stream = replayer.machine.scope == .stream ? key : nil
    let host =
      stream == nil
      ? try replayer.execution(at: start, ofKey: key, work: &work)
      : try replayer.program.makeHost()
    playhead = Playhead(
      host, over: replayer.history, at: start, stream: stream,
      counting: ProgressCounter(replayer.progress))
    self.end = end
    begins = [(start, nil)]
    if isWhole { return }
    for cut in Self.cuts(from: start, to: end) {
      // A state that cannot be saved is followed from the beginning.
      guard let state = try? playhead.host.checkpoint() else { break }
      begins[begins.count - 1].state = state
      try playhead.advance(to: cut)
      begins.append((cut, nil))
    }
    work.events += playhead.eventCount
  }

  /// Where stretches begin behind the first one, the lowest first.
  private static func cuts(from start: Cut, to end: Cut) -> [Cut] {
    var cuts: [Cut] = []
    var length = shortest
    while end - start > length + length / 2 {
      cuts.append(end - length)
      length *= growth
    }
    return cuts.reversed()
  }

  /// The next stretch, with an execution that stands where it begins; nil where there is none left.
  mutating func next() throws -> (from: Cut, to: Cut, any Host)? {
    guard let begin = begins.popLast() else { return nil }
    if !isFirst, let state = begin.state { try playhead.resume(from: state, at: begin.cut) }
    isFirst = false
    defer { end = begin.cut }
    return (begin.cut, end, playhead.host)
  }
}

import EvlogAnswers
import EvlogCore
import EvlogCuts
import EvlogJSON

/// Cuts of the logs of a group.
extension Subject {
  func requiredGroup() throws(StudioError) -> CausalHistory {
    guard let group = source.group else {
      throw StudioError(400, "This is a single log: its cuts are numbers.")
    }
    return group
  }

  /// A cut of a group as it is written, `orders=5,payments=3`, or as a position in the causal order.
  private func vector(_ text: String?, in group: CausalHistory) throws(StudioError) -> VectorCut {
    guard let text else { throw StudioError(400, "'cut' is missing.") }
    if let cut = Cut(text) {
      guard cut <= group.end else {
        throw StudioError(400, "There is no cut \(cut): the last one is \(group.end).")
      }
      return group.order.vectorCut(at: cut)
    }
    do { return try VectorCut(text) } catch { throw StudioError(400, "\(error)") }
  }

  /// Whether a cut is consistent, the nearest ones that are, and the cuts of the causal order to go to for each.
  func checkCut(_ text: String?, asked question: String) throws -> StudioReply {
    let group = try requiredGroup()
    let answer = try group.check(try vector(text, in: group), asked: question)
    guard case .object(let object) = try answer.json() else { return .object([]) }
    func position(_ cut: VectorCut) throws -> JSONValue {
      .int(try group.order.cut(including: cut))
    }
    let positions: [(String, JSONValue)] = [
      ("belowPosition", try position(answer.below)), ("abovePosition", try position(answer.above)),
      ("position", try position(answer.cut)),
    ]
    return .object(object.members.map { ($0.key, $0.value) } + positions)
  }

  /// What is ordered with an event: in each log, the events before `past` come before it, and those from `future` on
  /// come after it. What lies between is unordered.
  func edges(of text: String?) throws -> StudioReply {
    let group = try requiredGroup()
    guard let text, let offset = Offset(text), offset < group.end.offsetAfter else {
      throw StudioError(400, "'event' must be an offset in the causal order.")
    }
    let event = group.order[offset]
    let causality = group.causality
    let past = try causality.leastCut(containing: [event])
    var future: [(String, JSONValue)] = []
    for (line, log) in causality.lines.enumerated() {
      // Pasts grow along a log, so the first one that has the event is found by halving.
      var (low, high) = (Offset(0), log.end.offsetAfter)
      while low < high {
        let middle = low + (high - low) / 2
        let other = CausalEvent(line: line, offset: middle)
        if try other == event || causality.past(of: other, holds: event) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      future.append((log.name, .int(low)))
    }
    return .object([
      (
        "event",
        .object([
          ("log", .string(causality.lines[event.line].name)), ("offset", .int(event.offset)),
        ])
      ),
      ("past", .object(zip(past.names, past.positions).map { ($0, .int($1)) })),
      ("future", .object(future)),
    ])
  }
}

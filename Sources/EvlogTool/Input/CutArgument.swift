public import ArgumentParser
import EvlogCuts
public import EvlogStore

/// A cut as it is given on the command line: a number, a time, which stands for the cut before the first event that
/// was recorded then or later, or of a group a number for each log.
enum CutArgument: ExpressibleByArgument, CustomStringConvertible, Equatable {
  case number(Cut)
  case time(Timestamp)
  case vector(VectorCut)

  init?(argument: String) {
    if let number = Cut(argument) {
      self = .number(number)
    } else if let time = Timestamp(argument) {
      self = .time(time)
      // What is wrong with it is said by the parser of the option.
    } else if argument.contains("="), let cut = try? VectorCut(argument) {
      self = .vector(cut)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .time(let time): "\(time)"
    case .vector(let cut): "\(cut)"
    }
  }

  /// The number that it is in a history. Throws if it is a vector that the order of a group does not pass.
  func cut(in history: any History) throws -> Cut {
    switch self {
    case .number(let number): return number
    case .vector(let cut):
      guard let group = history as? CausalHistory else {
        throw Failure.usage(
          "The cut \(cut) is of a group as it is recorded; one log, or an edited past, has cuts of its own: say a "
            + "number.")
      }
      let wanted = try group.causality.consistent(cut)
      let place = try group.order.cut(including: wanted)
      let passed = group.order.vectorCut(at: place)
      guard passed == wanted else {
        throw Failure.usage(
          "The causal order does not pass the cut \(wanted). The first cut that it passes and that has all its "
            + "events is \(Words.number(place)), which is \(passed).")
      }
      return place
    case .time(let time):
      guard let log = history as? EventLog else {
        var cut = history.end
        try history.forEachRow(of: Query()) { row in
          guard let first = row.first(where: { $0.recordedAt >= time }) else { return true }
          cut = first.offset.cutBefore
          return false
        }
        return cut
      }
      let cut = try log.cut(at: time)
      // The cut is what it is; that it leaves out some of the time before it should be known.
      let late = try log.events(before: time, from: cut)
      if let first = late.first {
        Output.note(
          "times run backwards: the cut of \(time) is \(Words.number(cut)), and "
            + "\(Words.count(late.count, "event")) after it dated earlier, the first at offset "
            + "\(Words.number(first)).")
      }
      return cut
    }
  }
}

extension Offset: ExpressibleByArgument {}
extension Cut: ExpressibleByArgument {}

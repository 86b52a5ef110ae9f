import ArgumentParser
import EventLog

/// A cut as it is given on the command line: a number, or a time, which stands for the cut before
/// the first event that was recorded then or later.
enum CutArgument: ExpressibleByArgument, CustomStringConvertible, Equatable {
  case number(UInt64)
  case time(Timestamp)

  init?(argument: String) {
    if let number = UInt64(argument) {
      self = .number(number)
    } else if let time = Timestamp(argument) {
      self = .time(time)
    } else {
      return nil
    }
  }

  var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .time(let time): "\(time)"
    }
  }

  /// The number that it is in a log.
  func cut(in log: EventLog) throws -> UInt64 {
    switch self {
    case .number(let number): number
    case .time(let time): try log.cut(at: time)
    }
  }
}

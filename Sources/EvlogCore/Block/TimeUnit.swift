/// The unit in which the times of a block are counted: most clocks do not give nanoseconds.
enum TimeUnit: UInt8 {
  case nanosecond = 0
  case microsecond = 1
  case millisecond = 2
  case second = 3

  var nanoseconds: Int64 {
    switch self {
    case .nanosecond: 1
    case .microsecond: 1000
    case .millisecond: 1_000_000
    case .second: 1_000_000_000
    }
  }

  /// The largest unit that divides all times.
  static func largest(dividing times: some Sequence<Int64>) -> TimeUnit {
    var unit = TimeUnit.second
    for time in times {
      while time % unit.nanoseconds != 0 {
        guard let smaller = TimeUnit(rawValue: unit.rawValue &- 1) else { return .nanosecond }
        unit = smaller
      }
      if unit == .nanosecond { break }
    }
    return unit
  }
}

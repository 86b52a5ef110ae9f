/// What of a measurement a table is about.
enum Metric: Sendable {
  case eventsPerSecond, seconds, mean, median, p99, longest, bytesPerEvent, peakMemory, segmentsLeft

  var title: String {
    switch self {
    case .eventsPerSecond: "events/s"
    case .seconds: "the whole, ms"
    case .mean: "mean of one, µs"
    case .median: "median of one, µs"
    case .p99: "p99 of one, µs"
    case .longest: "longest, µs"
    case .bytesPerEvent: "bytes per event"
    case .peakMemory: "peak memory, MiB"
    case .segmentsLeft: "full segments not yet compressed at the end"
    }
  }

  func value(of measurement: Measurement) -> Double? {
    switch self {
    case .eventsPerSecond: Double(measurement.events) / measurement.seconds
    case .seconds: measurement.seconds
    case .mean: measurement.latencies?.mean
    case .median: measurement.latencies?.median
    case .p99: measurement.latencies?.p99
    case .longest: measurement.latencies?.max
    case .bytesPerEvent: Double(measurement.bytes) / Double(measurement.events)
    case .peakMemory: Double(measurement.peakMemory)
    case .segmentsLeft: measurement.segmentsLeft.map(Double.init)
    }
  }

  /// A value as the title says.
  func text(_ value: Double) -> String {
    switch self {
    case .eventsPerSecond: Text.count(value)
    case .seconds: Text.number(value * 1e3, digits: 2)
    case .mean, .median, .p99, .longest: Text.number(value * 1e6, digits: 1)
    case .bytesPerEvent: Text.number(value, digits: 1)
    case .peakMemory: Text.number(value / Double(1 << 20), digits: 1)
    case .segmentsLeft: Text.number(value, digits: 0)
    }
  }
}

/// Numbers for people.
enum Text {
  /// A dash for what is no number, such as the ratio to nothing.
  static func number(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    let whole = rounded.rounded(.towardZero)
    let fraction = Int(((rounded - whole).magnitude * scale).rounded())
    guard digits > 0 else { return grouped(whole) }
    return grouped(whole) + "." + padded(String(fraction), digits, with: "0")
  }

  /// Three or four digits of a large number.
  static func count(_ value: Double) -> String {
    switch value {
    case 1e6...: number(value / 1e6, digits: 2) + " M"
    case 1e4...: number(value / 1e3, digits: 1) + " k"
    default: number(value, digits: 0)
    }
  }

  static func padded(_ text: String, _ width: Int, with filler: Character = " ") -> String {
    String(repeating: filler, count: max(0, width - text.count)) + text
  }

  private static func grouped(_ value: Double) -> String {
    var digits = String(Int(value))
    var position = digits.count - 3
    while position > (value < 0 ? 1 : 0) {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: position))
      position -= 3
    }
    return digits
  }
}

extension [Double] {
  var middle: Double {
    let sorted = sorted()
    let half = count / 2
    return count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }
}

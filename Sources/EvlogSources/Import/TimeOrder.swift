import EvlogCore

/// Whether times ascend, and which events have none of their own.
package struct TimeOrder {
  /// Events whose time is before that of an event before them, and the place of the first.
  package private(set) var backwards: UInt64 = 0
  package private(set) var firstBackwards: UInt64?
  package private(set) var timed: UInt64 = 0
  package private(set) var timeless: UInt64 = 0
  package private(set) var firstTimeless: UInt64?
  private var latest: Timestamp?

  mutating func add(_ time: Timestamp?, at place: UInt64) {
    guard let time else {
      timeless += 1
      firstTimeless = firstTimeless ?? place
      return
    }
    timed += 1
    if let latest, time < latest {
      backwards += 1
      firstBackwards = firstBackwards ?? place
    } else {
      latest = time
    }
  }
}

import EventLog

/// One turn at a time for each stream, in the order in which they came.
struct StreamLocks {
  private var waiting: [Name: [CheckedContinuation<Void, Never>]] = [:]

  func isTaken(_ stream: Name) -> Bool { waiting[stream] != nil }

  /// Whether the stream was free, and is taken now.
  mutating func take(_ stream: Name) -> Bool {
    if waiting[stream] != nil { return false }
    waiting[stream] = []
    return true
  }

  mutating func wait(_ stream: Name, _ continuation: CheckedContinuation<Void, Never>) {
    waiting[stream, default: []].append(continuation)
  }

  /// Hands the stream to whoever waits longest, or makes it free.
  mutating func give(_ stream: Name) {
    guard var queue = waiting[stream], !queue.isEmpty else {
      waiting[stream] = nil
      return
    }
    let next = queue.removeFirst()
    waiting[stream] = queue
    next.resume()
  }
}

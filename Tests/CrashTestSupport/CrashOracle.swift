package import EvlogStore
package import EvlogTesting
import SystemPackage

/// What a crash may leave of a log: every acknowledged turn, and perhaps some that were under way.
package struct CrashOracle: Sendable {
  /// Whether the log was ever open for writing: from then on, opening it must succeed.
  package var exists = false
  package var turns: [Turn] = []
  /// Turns under way, in order: the first of them may be there, each as a whole.
  package var doubtful: [Turn] = []
  /// The turns that are left where a truncation that was asked for is done; the others may still
  /// be there until it returns.
  package var truncation: Truncating?
  /// Whether the log is damaged until it has been repaired, which loses nothing.
  package var needsRepair = false
  /// Files that must be in the quarantine, by name, with their bytes.
  package var kept: [(name: String, bytes: [UInt8])] = []
  /// Side files that were written.
  package var sideFiles: [String: [UInt8]] = [:]
  /// A side file that was being written or removed: it is as before, or as it should become.
  package var doubtfulSideFile: (name: String, bytes: [UInt8]?)?

  package init() {}

  /// A truncation that is under way: what it leaves, and what it takes away.
  package struct Truncating: Sendable {
    package var turns: [Turn]
    package var files: [(name: String, bytes: [UInt8])]
  }

  /// The truncation is done.
  package mutating func truncate() {
    guard let done = truncation.take() else { return }
    (turns, doubtful) = (done.turns, [])
    kept += done.files
  }

  /// What is wrong with a log.
  package struct Violation: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
  }

  /// Compares what a log holds: from now on it must hold that, and, once it was open for writing,
  /// nothing else. (A reader does not take away what a failed writer left in doubt.)
  package mutating func settle(_ log: EventLog, _ when: String) throws {
    do {
      guard log.recovery.damage.isEmpty else {
        throw Violation("it has damage: \(log.recovery.damage)")
      }
      try settle(events: try Self.events(of: log), isDecided: log.isWritable)
      let problems = log.verify()
      guard problems.isEmpty else { throw Violation("verify: \(problems)") }
      try settleSideFiles(of: log)
    } catch { throw Violation("\(when): \(error)") }
  }

  static func events(of log: EventLog) throws -> [RecordedEvent] {
    var cursor = log.events().makeCursor()
    var events: [RecordedEvent] = []
    while let batch = try cursor.nextBatch() { events += batch }
    return events
  }

  package mutating func settle(events: [RecordedEvent], isDecided: Bool) throws(Violation) {
    if let left = truncation?.turns, events.count == left.reduce(0, { $0 + $1.events.count }) {
      truncate()
      // Its note is removed in memory, and may come back until a writer makes that durable.
      if !isDecided { truncation = Truncating(turns: left, files: []) }
    } else {
      truncation = nil
    }
    var next = 0
    var count = 0
    let known = turns + doubtful
    while next < events.count {
      guard count < known.count else { throw Violation("a turn nobody appended is at \(next)") }
      let turn = known[count]
      guard next + turn.events.count <= events.count else {
        throw Violation("a part of turn \(count) is at the end")
      }
      for (i, event) in turn.events.enumerated() {
        let found = events[next + i]
        guard NewEvent(recorded: found) == event, found.offset == Offset(next + i),
          found.beginsTurn == (i == 0), found.turnID == (i == 0 ? turn.id : nil)
        else { throw Violation("event \(next + i) is not what turn \(count) said") }
      }
      next += turn.events.count
      count += 1
    }
    guard count >= turns.count else {
      throw Violation("\(turns.count) turns were acknowledged, \(count) are there")
    }
    turns = Array(known[..<count])
    doubtful = isDecided ? [] : Array(known[count...])
  }

  /// Looks for copies of all that a truncation took away.
  package func checkQuarantine(_ disk: DiskState) throws(Violation) {
    let copies = disk.paths().filter { $0.string.contains("/quarantine/") }
    for (name, bytes) in kept
    where !copies.contains(where: {
      $0.string.hasSuffix("/" + name) && disk.bytes(of: $0) == bytes
    }) {
      throw Violation("\(name) is not in the quarantine")
    }
  }

  private func settleSideFiles(of log: EventLog) throws {
    for (name, bytes) in sideFiles where name != doubtfulSideFile?.name {
      guard try log.caches.read(name) == bytes else {
        throw Violation("the side file \(name) is not what was written")
      }
    }
    // Its name may be in memory only, so it stays in doubt.
    if let (name, bytes) = doubtfulSideFile {
      let isThere = try log.caches.names().contains(name)
      let found = isThere ? try log.caches.read(name) : nil
      guard found == bytes || found == sideFiles[name] else {
        throw Violation("the side file \(name) is neither old nor new")
      }
    }
  }
}

package import EvlogCore
import EvlogJSON
package import EvlogMachine

/// What a scan knows of streams or keys beside their verdicts.
package struct ScannedKeys: Sendable, Hashable {
  /// How many have had an event.
  package var count: Int
  /// Those at which the machine failed, in the order of the log.
  package var failed: [KeyFailure]
  /// How many events concerned none.
  package var unconcerned: UInt64

  package init(count: Int = 0, failed: [KeyFailure] = [], unconcerned: UInt64 = 0) {
    self.count = count
    self.failed = failed
    self.unconcerned = unconcerned
  }

  /// What a run knows.
  package init(of execution: any Host) throws(MachineError) {
    let counts = try execution.counts
    self.init(
      count: counts.keys, failed: try execution.failures(), unconcerned: counts.unconcerned)
  }

  /// Adds what is known of other keys. Each worker runs a share of the keys, and sees every event of no key.
  mutating func add(_ others: ScannedKeys) {
    count += others.count
    failed += others.failed
    unconcerned = max(unconcerned, others.unconcerned)
  }

  /// Brings the failures into the order of the log, and drops those that are not before a cut.
  package mutating func arrange(to cut: Cut) {
    failed.removeAll { $0.error.offset ?? 0 >= cut.offsetAfter }
    failed.sort { ($0.error.offset ?? 0, Name($0.key)) < ($1.error.offset ?? 0, Name($1.key)) }
  }

  var json: JSONValue {
    .array([
      .int(count), .int(unconcerned),
      .array(failed.map { .array([.string($0.key), $0.error.json]) }),
    ])
  }

  init?(json: JSONValue, machine: String) {
    guard let parts = json.arrayValue, parts.count == 3, let count = parts[0].integer(Int.self),
      let unconcerned = parts[1].integer(UInt64.self), let list = parts[2].arrayValue
    else { return nil }
    self.init(count: count, unconcerned: unconcerned)
    for item in list {
      guard let pair = item.arrayValue, pair.count == 2, let key = pair[0].stringValue,
        let error = MachineError(json: pair[1], machine: machine)
      else { return nil }
      failed.append(KeyFailure(key: key, error: error))
    }
  }
}

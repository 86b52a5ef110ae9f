import EvlogForensics
import EvlogReplay
import EvlogStore

/// What is said of streams and keys beside their verdicts: at which the machine failed, and how many events
/// concerned none.
enum KeysText {
  /// The most failed keys that are named; the rest are counted.
  private static let namedLimit = 3

  /// One line for each failed key, up to a few.
  static func say(_ failed: [KeyFailure], of scope: ScopeKind, beside run: String? = nil) {
    let run = run.map { ", \($0)" } ?? ""
    for failure in failed.prefix(namedLimit) {
      Output.standard.line(
        "undefined  \(Words.quoted(failure.key))\(run) from offset "
          + "\(Words.number(failure.error.offset ?? 0)) on: \(Words.plain(failure.error.message))")
    }
    if failed.count > namedLimit {
      Output.standard.line(
        "undefined  \(Words.number(failed.count - namedLimit)) more \(things(scope))\(run)")
    }
  }

  /// Always printed for a machine with a state per key: if the key is null for every event, nothing is judged.
  static func sayUnconcerned(_ count: UInt64?, beside run: String? = nil) {
    guard let count else { return }
    let run = run.map { ", \($0)" } ?? ""
    Output.standard.line("\(Words.count(count, "event")) of no key\(run)")
  }

  static func things(_ scope: ScopeKind) -> String { scope == .stream ? "streams" : "keys" }

  /// How many streams or keys an answer covers, and the ones that failed.
  static func covered(_ count: Int, _ failed: [KeyFailure], of scope: ScopeKind) -> String? {
    guard !failed.isEmpty else { return nil }
    let named = failed.prefix(namedLimit).map { failure in
      "\(Words.quoted(failure.key)) is undefined from offset "
        + "\(Words.number(failure.error.offset ?? 0)) on: \(Words.plain(failure.error.message))"
    }.joined(separator: "; ")
    let more =
      failed.count > namedLimit ? "; and \(Words.number(failed.count - namedLimit)) more" : ""
    return "\(Words.number(count - failed.count)) of \(Words.number(count)) \(things(scope)); "
      + named + more
  }
}

extension Report {
  /// What an answer is about where there is a state per stream or key.
  mutating func addKeys(of scan: Scan) {
    self["keys"] = .keys(scan)
    self["failedKeys"] = .failedKeys(scan.failedKeys)
    self["unconcerned"] = .optional(scan.unconcerned)
  }

  /// The same for an answer about one violation: the log may have been judged only that far.
  mutating func addKeys(of scan: Scan, before violation: Violation) {
    self["keys"] = .null
    self["failedKeys"] = .failedKeys(scan.failedKeys(before: violation))
    self["unconcerned"] = .null
  }
}

extension Scan {
  /// The streams or keys at which the machine failed before a violation, or at its event.
  func failedKeys(before violation: Violation) -> [KeyFailure] {
    failedKeys.filter { $0.error.offset ?? 0 < violation.episode.firstCut.offsetAfter }
  }
}

extension JSONValue {
  static func failedKeys(_ failed: [KeyFailure]) -> JSONValue {
    .array(
      failed.map { failure in
        .object([
          ("key", .string(failure.key)), ("offset", .optional(failure.error.offset)),
          ("reason", .string(failure.error.message)),
        ])
      })
  }

  /// How many streams or keys there were; null for a machine with one state.
  static func keys(_ scan: Scan) -> JSONValue {
    scan.machine.scope == .log ? .null : .int(scan.keyCount)
  }
}

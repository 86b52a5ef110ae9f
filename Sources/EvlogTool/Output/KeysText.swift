import EvlogAnswers
import EvlogCore
import EvlogForensics
import EvlogJSON
import EvlogMachine

/// What is said of streams and keys beside their verdicts: at which the machine failed, and how many events
/// concerned none.
enum KeysText {
  /// The most failed keys that are named; the rest are counted.
  private static let namedLimit = 3

  /// One line for each failed key, up to a few.
  static func say(_ failed: [Answers.FailedKey], of scope: ScopeKind, beside run: String? = nil) {
    let run = run.map { ", \($0)" } ?? ""
    for failure in failed.prefix(namedLimit) {
      Output.standard.line(
        "undefined  \(Words.quoted(failure.key))\(run) from offset "
          + "\(Words.number(failure.offset ?? 0)) on: \(Words.plain(failure.reason))")
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
  static func covered(
    _ count: Int?, _ failed: [Answers.FailedKey], of scope: ScopeKind
  ) -> String? {
    guard let count, !failed.isEmpty else { return nil }
    let named = failed.prefix(namedLimit).map { failure in
      "\(Words.quoted(failure.key)) is undefined from offset "
        + "\(Words.number(failure.offset ?? 0)) on: \(Words.plain(failure.reason))"
    }.joined(separator: "; ")
    let more =
      failed.count > namedLimit ? "; and \(Words.number(failed.count - namedLimit)) more" : ""
    return "\(Words.number(count - failed.count)) of \(Words.number(count)) \(things(scope)); "
      + named + more
  }
}

/// A regular expression that finds the records of a log, as ShiViz has it: named groups say what is what.
///
/// The groups `host` and `clock` must be there. `^` and `$` match at lines, and `{` stands for itself where
/// it does not repeat.
package struct RecordPattern {
  /// Why a pattern is none.
  package struct Invalid: Error, CustomStringConvertible {
    package let pattern: String
    package let description: String
  }

  /// What ShiViz and GoVector write: host and clock on one line, the event on the next.
  package static let shiviz = #"^(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"#
  /// The same, perhaps with a time in nanoseconds before the host.
  package static let govector =
    #"^(?:(?<timestamp>\d+) )?(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"#
  /// What GoVector writes where it goes on with the log of an earlier execution.
  package static let govectorDelimiter =
    #"^(?:(?:\d+ +|\s*)\n)?=== Execution #(?<trace>.*?) *===$"#

  let regex: Regex<AnyRegexOutput>

  /// A pattern for records.
  package init(_ pattern: String) throws(Invalid) {
    regex = try Self.compile(pattern)
    for name in ["host", "clock"] where !regex.contains(captureNamed: name) {
      throw Invalid(pattern: pattern, description: "it has no group '\(name)': (?<\(name)>…)")
    }
    if regex.contains(captureNamed: "execution") {
      throw Invalid(
        pattern: pattern,
        description: "no group may be named 'execution', which is what delimiters separate")
    }
  }

  /// A pattern for what stands between two executions. A group `trace` names the execution that follows.
  package init(delimiter pattern: String) throws(Invalid) { regex = try Self.compile(pattern) }

  private static func compile(_ pattern: String) throws(Invalid) -> Regex<AnyRegexOutput> {
    let regex: Regex<AnyRegexOutput>
    do { regex = try Regex(pattern) } catch {
      throw Invalid(pattern: pattern, description: "\(error)")
    }
    return regex.anchorsMatchLineEndings().matchingSemantics(.unicodeScalar).asciiOnlyDigits()
      .asciiOnlyWordCharacters()
  }
}

import ArgumentParser
import EvlogSources
import EvlogStore

/// The formats that `import` reads.
enum ImportFormat: String, ExpressibleByArgument, CaseIterable {
  case ndjson, shiviz, govector, jepsen, otlp
}

/// The options of `import` that only some formats have.
struct FormatOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "shiviz, govector: the regular expression that finds a record.", valueName: "regex"))
  var parser: String?
  @Option(
    help: ArgumentHelp(
      "shiviz, govector: the regular expression between two executions.", valueName: "regex"))
  var delimiter: String?
  @Flag(help: "shiviz, govector: pass over text outside of records, and count its lines.")
  var skipUnmatched = false
  @Option(help: "jepsen: the time from which :time is counted (RFC 3339).") var since: String?
  @Flag(help: "otlp: leave spans whose parents have not come yet for the next import.")
  var growing = false

  /// Throws where an option is not one of the format's, or not what it must be.
  func check(for format: ImportFormat) throws {
    let hasRecords = format == .shiviz || format == .govector
    for (option, isGiven, isAllowed) in [
      ("--parser", parser != nil, hasRecords), ("--delimiter", delimiter != nil, hasRecords),
      ("--skip-unmatched", skipUnmatched, hasRecords), ("--since", since != nil, format == .jepsen),
      ("--growing", growing, format == .otlp),
    ] where isGiven && !isAllowed {
      throw ValidationError("\(option) is not an option of the format \(format).")
    }
    if let since, Timestamp(since) == nil {
      throw ValidationError("--since '\(since)' \(TimeText.rule(for: since))")
    }
    _ = try patterns(format)
  }

  func records(of input: InputBytes, _ format: ImportFormat) throws -> RecordSource {
    let (parser, delimiter) = try patterns(format)
    let isGoVector = format == .govector
    return RecordSource(
      input, pattern: parser,
      format: try RecordPattern(isGoVector ? RecordPattern.govector : RecordPattern.shiviz),
      delimiter: delimiter, timestampsAreNanoseconds: isGoVector, skipsUnmatched: skipUnmatched)
  }

  private func patterns(_ format: ImportFormat) throws -> (RecordPattern?, RecordPattern?) {
    func compiled(
      _ option: String, _ text: String?,
      _ compile: (String) throws(RecordPattern.Invalid) -> RecordPattern
    ) throws -> RecordPattern? {
      guard let text else { return nil }
      do { return try compile(text) } catch {
        throw ValidationError("\(option) '\(text)' cannot be used: \(error).")
      }
    }
    let known = format == .govector ? RecordPattern.govectorDelimiter : nil
    return (
      try compiled("--parser", parser) { pattern throws(RecordPattern.Invalid) in
        try RecordPattern(pattern)
      },
      try compiled("--delimiter", delimiter ?? known) { pattern throws(RecordPattern.Invalid) in
        try RecordPattern(delimiter: pattern)
      }
    )
  }
}

import ArgumentParser
import EvlogSources
import EvlogStore

/// The formats that `import` reads.
enum ImportFormat: String, ExpressibleByArgument, CaseIterable {
  case ndjson
  case jsonArray = "json-array"
  case csv, cloudevents, kafka, debezium, xes, shiviz, govector, jepsen, otlp

  /// Whether a mapping can say what its records are.
  var takesMapping: Bool {
    self == .ndjson || self == .jsonArray || self == .csv || hasOwnMapping
  }
  /// Whether the format says itself what the fields of an event are, and a mapping only changes it.
  var hasOwnMapping: Bool { self == .cloudevents || self == .kafka }
  /// Whether a record that is refused can be set aside.
  var setsAside: Bool { takesMapping || self == .debezium }
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
  @Option(
    help: ArgumentHelp(
      "debezium: a column of the key, if the records have none; repeatable.", valueName: "column"))
  var key: [String] = []
  @Flag(
    help: "debezium: collect the events of a transaction until its end, wherever they are.")
  var collectTransactions = false
  @Flag(help: "otlp, debezium: leave what is not whole yet for the next import.")
  var growing = false

  /// Throws where an option is not one of the format's, or not what it must be.
  func check(for format: ImportFormat) throws {
    let hasRecords = format == .shiviz || format == .govector
    for (option, isGiven, isAllowed) in [
      ("--parser", parser != nil, hasRecords), ("--delimiter", delimiter != nil, hasRecords),
      ("--skip-unmatched", skipUnmatched, hasRecords), ("--since", since != nil, format == .jepsen),
      ("--growing", growing, format == .otlp || format == .debezium),
      ("--key", !key.isEmpty, format == .debezium),
      ("--collect-transactions", collectTransactions, format == .debezium),
    ] where isGiven && !isAllowed {
      throw ValidationError("\(option) is not an option of the format \(format.rawValue).")
    }
    if let since, Timestamp(since) == nil {
      throw ValidationError("--since '\(since)' \(TimeText.rule(for: since))")
    }
    _ = try patterns(format)
  }

  func changes(of input: InputBytes) -> DebeziumSource {
    var options = DebeziumSource.Options()
    options.keys = key
    options.collectsTransactions = collectTransactions
    options.isGrowing = growing
    return DebeziumSource(input, options)
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

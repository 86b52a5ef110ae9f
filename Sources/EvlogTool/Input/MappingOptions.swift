import ArgumentParser
import EvlogSources

extension TimeFormat: ExpressibleByArgument {}

/// The options of `import` that say where an event's fields are in other shapes.
struct MappingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where an event's fields are, as in 'stream=\"order-\"+order.id,type=kind'; repeatable.",
      valueName: "field=path,…"))
  var map: [String] = []
  @Option(help: "How times are written.") var timeFormat: TimeFormat = .rfc3339
  @Flag(help: "csv: make numbers of what is written as one in the data, and not texts.")
  var infer = false
  @Option(
    help: ArgumentHelp("csv: what is between two columns: a character, or tab.", valueName: "char"))
  var separator: String?

  /// Throws where an option is not one of the format's, or not what it must be.
  func check(for format: ImportFormat, hasStream: Bool) throws {
    for (option, isGiven, isAllowed) in [
      ("--map", !map.isEmpty, format.takesMapping),
      ("--time-format", timeFormat != .rfc3339, format.takesMapping),
      ("--infer", infer, format == .csv), ("--separator", separator != nil, format == .csv),
    ] where isGiven && !isAllowed {
      throw ValidationError("\(option) is not an option of the format \(format.rawValue).")
    }
    if infer, map.isEmpty {
      throw ValidationError("--infer is about columns that become data, which takes --map.")
    }
    _ = try separatorByte()
    guard let mapping = try mapping() else { return }
    if !format.hasOwnMapping { try checkNames(mapping, hasStream: hasStream) }
    if format != .csv { _ = try mapper(keepingData: false) }
  }

  /// Throws where an option is not one for rows of a table. What is known already, a mapping only changes.
  func checkForRows(isKnown: Bool, hasStream: Bool) throws {
    for (option, isGiven) in [("--infer", infer), ("--separator", separator != nil)]
    where isGiven {
      throw ValidationError("\(option) is not an option for tables.")
    }
    guard !isKnown, let mapping = try mapping() else { return }
    try checkNames(mapping, hasStream: hasStream)
  }

  private func checkNames(_ mapping: EventMapping, hasStream: Bool) throws {
    if !hasStream, !mapping.maps(.stream) {
      throw ValidationError("--map names no stream: add stream=PATH, or give --stream.")
    }
    if !mapping.maps(.type) {
      throw ValidationError(
        "--map names no type: add type=PATH, or a text as in type='\"logged\"'.")
    }
  }

  /// What the options map; nil if they map nothing.
  func mapping() throws -> EventMapping? {
    guard !map.isEmpty else { return nil }
    do { return try EventMapping(map.joined(separator: ",")) } catch {
      throw ValidationError("--map '\(map.joined(separator: ","))' cannot be used: \(error).")
    }
  }

  func mapper(keepingData: Bool) throws -> JSONMapper? {
    guard let mapping = try mapping() else { return nil }
    do { return try JSONMapper(mapping, times: timeFormat, keepsData: keepingData) } catch {
      throw ValidationError("--map '\(map.joined(separator: ","))' cannot be used: \(error).")
    }
  }

  func rows(of input: InputBytes, stream: String?, ignoring ignored: [String]) throws -> CSVSource {
    var options = CSVSource.Options()
    options.separator = try separatorByte() ?? options.separator
    options.mapping = try mapping()
    options.times = timeFormat
    options.infersNumbers = infer
    options.defaultStream = stream
    options.ignoredFields = Set(ignored)
    return CSVSource(input, options)
  }

  private func separatorByte() throws -> UInt8? {
    guard let separator else { return nil }
    if separator == "tab" { return 0x09 }
    let bytes = Array(separator.utf8)
    guard bytes.count == 1, bytes[0] != 0x0A, bytes[0] != 0x0D, bytes[0] != UInt8(ascii: "\"")
    else {
      throw ValidationError(
        "--separator '\(separator)' must be one character of ASCII that is neither a quote nor the "
          + "end of a line, or tab.")
    }
    return bytes[0]
  }
}

import EvlogJSON

/// The columns of a CSV file, by its first row, and what they are for.
struct CSVColumns {
  let names: [String]
  private(set) var mapping: EventMapping
  /// The column of each operand of the mapping; nil for the whole row.
  private(set) var operandColumns: [Int?] = []
  /// The columns that become the data, with what is written before the value of each.
  private(set) var dataColumns: [(column: Int, prefix: [UInt8])] = []
  /// Whether the columns have the names of an event's fields.
  let areFields: Bool

  /// What is wrong with the first row.
  struct Invalid: Error {
    let message: String
    var column = 0

    init(_ message: String, column: Int = 0) { (self.message, self.column) = (message, column) }
  }

  /// Without a mapping, the columns must be fields of events.
  init(_ names: [String], _ mapping: EventMapping?, ignoring ignored: Set<String>) throws(Invalid) {
    self.names = names
    areFields = mapping == nil
    for (i, name) in names.enumerated() where names[..<i].contains(name) {
      throw Invalid("two columns have the name '\(name)'.", column: i)
    }
    if let mapping {
      self.mapping = mapping
    } else {
      self.mapping = try Self.fields(names, ignoring: ignored)
    }
    for operand in self.mapping.operands {
      if operand.path.steps.isEmpty {
        operandColumns.append(nil)
      } else {
        operandColumns.append(try column(of: operand))
      }
    }
    guard let mapping, !mapping.maps(.data), !mapping.maps(.data64) else { return }
    let used = Set(operandColumns.compactMap(\.self))
    for (i, name) in names.enumerated() where !used.contains(i) && !ignored.contains(name) {
      var prefix = Array((dataColumns.isEmpty ? "{" : ",").utf8)
      JSONValue.write(name, to: &prefix)
      dataColumns.append((i, prefix + [UInt8(ascii: ":")]))
    }
  }

  private func column(of operand: EventMapping.Operand) throws(Invalid) -> Int {
    if let column = names.firstIndex(of: operand.text) { return column }
    if operand.path.steps.count == 1, case .key(let key)? = operand.path.steps.first,
      let column = names.firstIndex(of: key)
    {
      return column
    }
    let all = names.prefix(40).joined(separator: ", ") + (names.count > 40 ? ", …" : "")
    throw Invalid("there is no column '\(operand.text)'. There are \(all).")
  }

  /// The fields of events, each in the column of its name. Data and metadata are JSON.
  private static func fields(_ names: [String], ignoring ignored: Set<String>) throws(Invalid)
    -> EventMapping
  {
    var mapping = EventMapping()
    for (i, name) in names.enumerated() {
      if EventLine.passedOver.contains(name) || ignored.contains(name) { continue }
      guard let field = EventMapping.Field(rawValue: name) else {
        throw Invalid(
          "'\(name)' is not a field of an event. There are "
            + "\(EventMapping.Field.allCases.map(\.rawValue).joined(separator: ", ")). Other columns "
            + "need a mapping.", column: i)
      }
      let isJSON = field == .data || field == .metadata
      mapping.add(
        field,
        from: EventMapping.Operand(
          text: name, path: StatePath([.key(name)]), inner: isJSON ? StatePath() : nil))
    }
    return mapping
  }
}

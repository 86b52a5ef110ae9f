import EvlogJSON

/// The columns of rows, by their names, and what they are for.
struct MappedColumns {
  let names: [String]
  private(set) var mapping: EventMapping
  /// The column of each operand of the mapping; nil for the whole row.
  private(set) var operandColumns: [Int?] = []
  /// The field that is an object of the columns that no other is made of; nil if there is none.
  private(set) var restField: EventMapping.Field?
  /// Those columns, with what is written before the value of each.
  private(set) var restColumns: [(column: Int, prefix: [UInt8])] = []
  /// Whether the columns have the names of an event's fields.
  let areFields: Bool

  /// What is wrong with the names.
  struct Invalid: Error {
    let message: String
    var column = 0

    init(_ message: String, column: Int = 0) { (self.message, self.column) = (message, column) }
  }

  /// Without a mapping, the columns must be fields of events. `keepingRest` makes metadata of what is left where the
  /// data is mapped.
  init(
    _ names: [String], _ mapping: EventMapping?, ignoring ignored: Set<String>,
    keepingRest: Bool = false
  ) throws(Invalid) {
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
    guard let mapping else { return }
    if !mapping.maps(.data), !mapping.maps(.data64) {
      restField = .data
    } else if keepingRest, !mapping.maps(.metadata), !mapping.maps(.metadata64) {
      restField = .metadata
    }
    guard restField != nil else { return }
    let used = Set(operandColumns.compactMap(\.self))
    for (i, name) in names.enumerated() where !used.contains(i) && !ignored.contains(name) {
      var prefix = Array((restColumns.isEmpty ? "{" : ",").utf8)
      JSONValue.write(name, to: &prefix)
      restColumns.append((i, prefix + [UInt8(ascii: ":")]))
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

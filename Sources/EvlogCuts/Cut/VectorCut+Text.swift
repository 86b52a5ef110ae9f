import EvlogCore

extension VectorCut: CustomStringConvertible {
  /// Such as `orders=5077,payments=812`.
  public var description: String {
    zip(names, positions).map { "\($0)=\($1)" }.joined(separator: ",")
  }

  /// Reads a cut such as `orders=5077,payments=812`, with the lines in the order of the text.
  ///
  /// Throws ``CausalityError`` that says what is wrong with the text.
  public init(_ text: String) throws(CausalityError) {
    var names: [String] = []
    var positions: [Cut] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2 else {
        throw CausalityError(
          .invalidCut,
          "'\(part)' in the cut '\(text)' is not a name and a number, as in 'orders=12'")
      }
      guard sides[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
        let position = Cut(sides[1])
      else {
        throw CausalityError(
          .invalidCut, "'\(sides[1])' in the cut '\(text)' is not a number of events")
      }
      names.append(String(sides[0]))
      positions.append(position)
    }
    try self.init(names: names, positions: positions)
  }
}

extension VectorCut: Codable {
  private struct LineName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Writes an object with a number for each name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: LineName.self)
    for (name, position) in zip(names, positions) {
      try container.encode(position, forKey: LineName(stringValue: name))
    }
  }

  /// Reads an object with a number for each name.
  ///
  /// Objects have no order, so the names are sorted; ``arranged(as:)`` brings them into that of a group.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: LineName.self)
    let names = container.allKeys.map(\.stringValue).sorted()
    try self.init(
      names: names,
      positions: names.map { try container.decode(Cut.self, forKey: LineName(stringValue: $0)) })
  }
}

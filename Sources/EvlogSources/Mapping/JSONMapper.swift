import EvlogJSON
package import EvlogStore

/// Makes events of JSON in any shape, by a mapping.
package struct JSONMapper {
  private let mapping: EventMapping
  private let times: TimeFormat
  private let paths: JSONPaths
  private var nested: NestedValues
  /// Of each operand, whether a record had it.
  private var isSeen: [Bool]
  // Used again for each record.
  private var ranges: [Range<Int>?] = []
  private var values: [MappedValue] = []

  /// If the mapping does not say what the data is, it is the whole record; unless `keepsData`, because the event has
  /// its data already.
  package init(_ mapping: EventMapping, times: TimeFormat = .rfc3339, keepsData: Bool = false)
    throws(EventMapping.Invalid)
  {
    var mapping = mapping
    if !keepsData, !mapping.maps(.data), !mapping.maps(.data64) {
      mapping.add(.data, from: EventMapping.Operand(text: "$", path: StatePath()))
    }
    self.mapping = mapping
    self.times = times
    paths = try JSONPaths.of(mapping.operands.map(\.path))
    nested = try NestedValues(mapping.operands)
    isSeen = Array(repeating: false, count: mapping.operands.count)
  }

  /// The paths that no record had so far.
  var unseenPaths: [String] { zip(mapping.operands, isSeen).filter { !$1 }.map(\.0.text) }

  /// Gives an event what a record has for it.
  package mutating func map(
    _ record: InputRecord, of input: String, to event: inout NewEvent, mayRepeatKeys: inout Bool
  ) throws(SourceError) {
    do {
      try paths.find(in: record.bytes.span, into: &ranges, mayRepeatKeys: &mayRepeatKeys)
    } catch {
      throw record.wrong(EventLine.whyNoJSON(record, error), at: error.byte, of: input)
    }
    values.removeAll(keepingCapacity: true)
    for range in ranges { values.append(range.map { .json(record.bytes[$0]) } ?? .absent) }
    do throws(MappingProblem) {
      try nested.resolve(&values)
      for i in values.indices where !isSeen[i] {
        if case .absent = values[i] { continue }
        isSeen[i] = true
      }
      try mapping.apply(values, to: &event, times: times)
      if event.stream.isEmpty { throw MappingProblem(.noStream) }
      if event.type.isEmpty { throw MappingProblem("'type' is missing.") }
    } catch {
      let byte = error.operand.flatMap { ranges[$0]?.lowerBound } ?? 0
      throw record.error(error.problem, at: byte, of: input)
    }
    do { try event.check() } catch { throw record.wrong(error.description, at: 0, of: input) }
  }
}

/// The JSON values of an input, each of which is read by itself.
package struct JSONRecords {
  package enum Layout: Sendable {
    /// One on each line.
    case lines
    /// The elements of one array.
    case array
    /// However they come: one after the other, or in arrays.
    case any
  }

  private let layout: Layout
  // Only one of them reads; both are changed in place, so that no buffer is copied.
  private var lines: InputLines
  private var values: InputValues
  /// How many there were so far.
  private(set) var count: UInt64 = 0

  init(_ input: InputBytes, _ layout: Layout) {
    self.layout = layout
    lines = InputLines(input)
    values = InputValues(input, layout == .array ? .array : .any)
  }

  var input: InputBytes { layout == .lines ? lines.input : values.input }

  /// The next value, or nil after the last.
  mutating func next() throws(SourceError) -> InputRecord? {
    let record = layout == .lines ? try lines.next() : try values.next()
    if record != nil { count += 1 }
    return record
  }
}

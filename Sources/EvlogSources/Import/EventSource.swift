package import EvlogCore

/// An input in some format that gives events, one after the other.
///
/// The events, their order and their bytes depend on the input alone, so that an import that is run
/// again recognises them.
package protocol EventSource {
  /// What people call the input.
  var name: String { get }
  /// What it has records in.
  var unit: RecordUnit { get }
  /// How many bytes of a file were read, for a progress bar.
  var bytesRead: UInt64 { get }
  /// Whether something was wrong with the bytes, so that none of them is sure.
  var isDamaged: Bool { get }
  /// How many bytes of text the events so far were made of.
  var inputBytes: UInt64 { get }
  /// Text that was no event and was passed over.
  var skipped: SkippedLines { get }
  /// How many events are left for a later import, when the input has grown.
  var waitingCount: Int { get }
  /// How many records of the input were read, if each is one event, waits, is passed over or refused; they are counted
  /// where they are read.
  var recordCount: UInt64? { get }
  var passedOver: [PassedOver] { get }
  /// Paths and columns that events are to be made of, and that no record had so far.
  var unseenPaths: [String] { get }
  /// The next event, or nil after the last. After an error that names a record, the source can go on behind it.
  mutating func next() throws(SourceError) -> SourceEvent?
  /// What the last event was made of, where it is to be set aside.
  func record(of event: SourceEvent) -> [UInt8]
}

/// An input that is bytes of a file, or of a pipe.
package protocol InputSource: EventSource {
  var input: InputBytes { get }
}

extension InputSource {
  package var name: String { input.name }
  package var unit: RecordUnit { .line }
  package var bytesRead: UInt64 { input.bytesRead }
  package var isDamaged: Bool { input.isDamaged }
}

/// What an input has its records in.
package enum RecordUnit: String, Sendable {
  case line, row
}

extension EventSource {
  package func record(of event: SourceEvent) -> [UInt8] { event.bytes }
  package var skipped: SkippedLines { SkippedLines() }
  package var waitingCount: Int { 0 }
  package var recordCount: UInt64? { nil }
  package var passedOver: [PassedOver] { [] }
  package var unseenPaths: [String] { [] }
}

/// Lines of an input that are no event.
package struct SkippedLines {
  package private(set) var count: UInt64 = 0
  package private(set) var first: Int?

  package init() {}

  mutating func add(_ lines: Int, from line: Int) {
    count += UInt64(lines)
    first = first ?? line
  }
}

/// An event of a source, and where it comes from.
package struct SourceEvent {
  package let event: NewEvent
  /// The line of the input on which it begins, from 1; or the row of a table.
  package let line: Int
  /// What it was made of: a new source is named by its first ones.
  package let bytes: [UInt8]
  /// Whether an object in its data or metadata may have a key twice.
  var mayRepeatKeys = false
  /// Events next to one another with the same number are one turn, and it has no others.
  package var turn: UInt64?
  /// Where it is in an input that can be read from there.
  package var position: Int64?
}

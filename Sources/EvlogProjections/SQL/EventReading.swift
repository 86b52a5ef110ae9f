import EvlogCore
import EvlogJSON
import GRDB

/// One way through the events, for SQLite.
struct EventReading {
  private let source: EventSource
  private var blocks: (any BlockReader)?
  /// For a history that has no blocks.
  private var rows: (any EventReader)?
  private var row: ArraySlice<RecordedEvent> = []
  private var block = EventBlock()
  private var place = 0

  init(_ source: EventSource) { self.source = source }

  mutating func begin(_ plan: EventPlan, _ arguments: [DatabaseValue]) throws {
    let query = plan.query(arguments, before: source.cut)
    blocks = try (source.history as? any BlockHistory)?.blockReader(of: query)
    rows = blocks == nil ? try source.history.reader(of: query) : nil
    row = []
    block = EventBlock()
    place = -1
    try next()
  }

  var isAtEnd: Bool { place >= block.count }

  var offset: Offset { isAtEnd ? 0 : block[place].offset }

  mutating func next() throws {
    place += 1
    if place >= block.count {
      place = 0
      if try blocks?.read(into: &block) != true {
        if row.isEmpty { row = try rows?.nextBatch(atLeast: 1) ?? [] }
        block = row.popFirst().map { EventBlock($0) } ?? EventBlock()
      }
    }
    if !isAtEnd, UInt64(block[place].offset) % 1024 == 0 { source.reading(block[place].offset) }
  }

  /// Gives SQLite the value in a column of the table.
  func answer(_ column: Int, _ answer: SQLAnswer) {
    guard !isAtEnd else { return }
    let event = block[place]
    switch column {
    case 0: answer.number(Int64(event.offset))
    case 1: answer.text(event.stream)
    case 2: answer.number(Int64(event.revision))
    case 3: answer.text(event.type)
    case 4: answer.number(Int64(event.schemaVersion))
    case 5:
      let time = event.recordedAt.bytes
      answer.text(time.span)
    case 6: answer.text(event.id)
    case 7, 16:
      let causes = event.causation
      if causes.count > 1 || column == 16 {
        source.cutTexts.look(at: causes, of: event.offset, column: column)
      }
      answer.text(causes.count == 1 && column == 7 ? causes[0] : causes.jsonArray)
    case 8: answer.text(event.correlation)
    case 9: answer.text(event.contentType)
    case 10: if event.hasMetadata { json(event.metadata, of: event.offset, column, answer) }
    case 11: if event.hasJSON { json(event.data, of: event.offset, column, answer) }
    case 12: answer.number(event.beginsTurn ? 1 : 0)
    case 13: answer.text(event.turnID)
    case 14: if !event.data.isEmpty { answer.bytes(event.data) }
    default: if event.hasMetadata { answer.bytes(event.metadata) }
    }
  }

  /// Bytes as the JSON that they are; NULL where they are none. SQLite's functions for JSON take each of these
  /// texts; any other would fail the whole statement. They would take the first of several values of a key, so
  /// each has one.
  private func json(_ bytes: Span<UInt8>, of offset: Offset, _ column: Int, _ answer: SQLAnswer) {
    source.cutTexts.look(at: bytes, of: offset, column: column)
    do throws(JSONParser.Failure) {
      if let text = try RepeatedKeys.changed(bytes) {
        answer.text(text)
      } else {
        answer.text(bytes)
      }
    } catch { answer.null() }
  }
}

extension EventView {
  /// Whether the data is said to be JSON, and there is some.
  fileprivate var hasJSON: Bool { contentTypeNumber == nil && !data.isEmpty }
}

extension [String] {
  /// The texts as a JSON array; nil if there are none.
  var jsonArray: String? {
    isEmpty ? nil : JSONValue.array(map { .string($0) }).canonicalText
  }
}

import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogSources
import EvlogStore

/// An import that only looks: what the first events would be, and how many there are.
struct ImportTrial {
  /// How many events and refusals are shown.
  private static let shown = 3

  private var answer = Answers.ImportTrial()
  private var examples: [[UInt8]] = []
  private var firstRefused: SourceError?

  init(_ reader: inout ImportReader, of byteCount: UInt64?, isQuiet: Bool) throws {
    var streams: Set<Name> = []
    var types: Set<Name> = []
    let progress = Progress("reading", of: byteCount, unless: isQuiet)
    defer { progress.finish() }
    while let item = try reader.next() {
      switch item {
      case .event(let next):
        streams.insert(Name(next.event.stream))
        types.insert(Name(next.event.type))
        if examples.count < Self.shown { examples.append(Self.line(next.event)) }
      case .refused(let error):
        firstRefused = firstRefused ?? error
        if answer.refusals.count < Self.shown {
          answer.refusals.append(
            Answers.ImportRefusal(
              line: error.line, column: error.column, row: error.row, reason: Words.reason(error)))
        }
      }
      progress.update(byteCount == nil ? reader.eventCount : reader.bytesRead)
    }
    answer.events = reader.eventCount
    answer.refused = reader.setAsideCount
    answer.passedOver = reader.passedOver.reduce(0) { $0 + $1.count }
    answer.records = reader.recordCount ?? reader.eventCount
    (answer.streams, answer.types) = (streams.count, types.count)
    answer.timesBackwards = reader.times.backwards
    answer.timeless = reader.times.timeless
    answer.repeatedKeys = reader.repeatedKeys
    answer.unseenPaths = reader.unseenPaths
    answer.examples = examples.compactMap { JSONValue(validating: $0[...]) }
  }

  /// Prints what was found. If a record is refused, the exit code says that the input is not in order.
  func print(asJSON: Bool) throws {
    if asJSON {
      try answer.print()
    } else {
      for example in examples { Output.standard.json(example + [0x0A]) }
      Output.standard.line(
        "\(Words.count(answer.records, "record")): \(Words.count(answer.events, "event")) of "
          + "\(Words.count(answer.types, "type")) in \(Words.count(answer.streams, "stream")), "
          + "\(Words.number(answer.refused)) refused; nothing was imported")
      for path in answer.unseenPaths {
        Output.note("no record has a value for \(path), which --map names.")
      }
    }
    guard let firstRefused else { return }
    throw Failure.usage(
      "\(Words.count(answer.refused, "record")) would be refused. The first: "
        + "\(Words.source(firstRefused)) To set such records aside: --bad-lines FILE")
  }

  /// An event as a line that `import` reads.
  private static func line(_ event: NewEvent) -> [UInt8] {
    let line = RecordedEvent(event, offset: 0, revision: 0).ndjson
    // It was made just now.
    guard let members = try? JSONParser.members(of: line[...]) else { return line }
    var bytes: [UInt8] = []
    for member in members where !["offset", "revision"].contains(member.key) {
      if member.key == "time", event.recordedAt == nil { continue }
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes += line[member.keyByte..<member.value.upperBound]
    }
    return bytes + [UInt8(ascii: "}")]
  }
}

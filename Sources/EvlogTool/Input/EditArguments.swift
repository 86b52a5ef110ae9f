import ArgumentParser
import EvlogAnswers
import EvlogForensics
import EvlogJSON
import EvlogSources
import EvlogStore

/// The changes of the past that a verb is asked to make.
struct EditArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Leave out an event, a range of events, a stream or a type: 7102, 7102-7110, stream=order-7, "
        + "type=OrderPlaced; repeatable.", valueName: "what"))
  var drop: [String] = []

  @Option(
    help: ArgumentHelp(
      #"Change members of an event, as in '7102:{"data":{"quantity":50}}'; repeatable."#,
      valueName: "offset:json"))
  var replace: [String] = []

  @Option(
    help: ArgumentHelp(
      #"Insert an event before an offset, as in '7102:{"stream":"s","type":"T"}'."#,
      valueName: "offset:json"))
  var insert: [String] = []

  @Option(help: ArgumentHelp("Swap two events, as in 7102,7104.", valueName: "a,b"))
  var swap: [String] = []

  /// As options for a shell, and for another process of this program.
  var arguments: [(option: String, value: String)] {
    drop.map { ("--drop", $0) } + replace.map { ("--replace", $0) }
      + insert.map { ("--insert", $0) }
      + swap.map { ("--swap", $0) }
  }

  var isEmpty: Bool { arguments.isEmpty }

  /// The history, or what it would be with the edits.
  func past(of history: any History) throws -> any History {
    if isEmpty { return history }
    // Its cuts are others than those of the group.
    CurrentGroup.set(nil)
    return try EditedPast(history, try edits(of: history))
  }

  func edits(of history: any History) throws -> [Edit] {
    try drop.map(Self.drop) + replace.map { try Self.replacement($0, history) }
      + insert.map(Self.insertion) + swap.map(Self.exchange)
  }

  private static func drop(_ text: String) throws -> Edit {
    if text.hasPrefix("stream=") { return .dropStream(String(text.dropFirst(7))) }
    if text.hasPrefix("type=") { return .dropType(String(text.dropFirst(5))) }
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Offset($0) }
    guard let first = ends[0], ends.count <= 2, let last = ends[ends.count - 1], first <= last,
      last < .max
    else {
      throw Failure.usage(
        "--drop '\(text)' is not an offset (7102), a range of offsets (7102-7110), stream=NAME or "
          + "type=NAME.")
    }
    return .drop(first..<(last + 1))
  }

  private static func exchange(_ text: String) throws -> Edit {
    let places = text.split(separator: ",", omittingEmptySubsequences: false).map { Offset($0) }
    guard places.count == 2, let a = places[0], let b = places[1], a != b else {
      throw Failure.usage("--swap '\(text)' is not two offsets, as in 7102,7104.")
    }
    return .swap(a, b)
  }

  private static func split(_ text: String, _ option: String) throws -> (Offset, [UInt8]) {
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
      let offset = Offset(text[..<colon])
    else {
      throw Failure.usage(
        "\(option) '\(text)' is not an offset, a colon and JSON, as in "
          + #"'7102:{"data":{"quantity":50}}'."#)
    }
    return (offset, Array(text.utf8[text.index(after: colon)...]))
  }

  private static func insertion(_ text: String) throws -> Edit {
    let (offset, json) = try split(text, "--insert")
    guard JSONValue(validating: json[...])?["stream"] != nil else {
      throw Failure.usage(
        "--insert '\(text)': the event needs a stream, as in "
          + #"'7102:{"stream":"order-7","type":"OrderPlaced"}'."#)
    }
    return .insert(
      before: offset,
      try EventLine().event(InputRecord(number: 1, bytes: json), of: "--insert"))
  }

  /// The members that are given take the place of the event's own.
  private static func replacement(_ text: String, _ history: any History) throws -> Edit {
    let (offset, json) = try split(text, "--replace")
    guard let original = try history.event(at: offset) else {
      throw Failure.usage("There is no event at offset \(offset): there are \(history.end).")
    }
    // What is wrong with it is said in the words of the option.
    guard let given = try? JSONParser.members(of: json[...]) else {
      throw Failure.usage("--replace '\(text)': what follows the colon is not a JSON object.")
    }
    let line = original.ndjson
    // A line of our own making is an object.
    let own = (try? JSONParser.members(of: line[...])) ?? []
    // The bytes of a payload stand for the payload, whichever way they are given.
    let replaced = Set(given.map { EventLine.meaning(of: $0.key) })
    // As they were written: a number may be spelled so that it is another one to a machine.
    let members =
      own.filter { !replaced.contains(EventLine.meaning(of: $0.key)) }.map {
        ($0.key, line[$0.value])
      }
      + given.map { ($0.key, json[$0.value]) }
    var merged: [UInt8] = []
    for (key, value) in members {
      merged.append(UInt8(ascii: merged.isEmpty ? "{" : ","))
      JSONValue.write(key, to: &merged)
      merged.append(UInt8(ascii: ":"))
      merged += value
    }
    merged += Array((merged.isEmpty ? "{}" : "}").utf8)
    return .replace(
      offset,
      try EventLine().event(
        InputRecord(number: 1, bytes: merged), of: "--replace"))
  }
}

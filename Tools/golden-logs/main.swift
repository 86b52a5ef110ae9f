// Writes a few small logs into a folder: what later versions of evlog must be able to read.
//
//     golden-logs FOLDER FORMAT
//
// It is run once for each version of the format, by Tools/make-golden-logs, and writes the logs that show what
// is new in it. They have random identities, so that every run writes other bytes; those of a version are never
// written again.

import EvlogStore
import SystemPackage

func write(_ name: String, _ body: (EventLog) throws -> Void) throws -> FilePath {
  let path = FilePath(CommandLine.arguments[1]).appending("\(name).evlog")
  var options = EventLog.Options()
  options.segmentBytes = 1 << 20
  options.sealsAutomatically = false
  let log = try EventLog.create(path, options: options)
  try body(log)
  log.close()
  try cutRoom(of: path)
  return path
}

/// Leaves only some of the zeros that are written ahead of the frames.
func cutRoom(of log: FilePath) throws {
  let reader = try EventLog.openReadOnly(log)
  for segment in reader.segmentInfo() where !segment.isSealed {
    let file = try FileDescriptor.open(segment.file, .readWrite)
    try file.closeAfter { try file.resize(to: Int64(segment.byteCount) + 512) }
  }
}

func bytes(of path: FilePath) throws -> [UInt8] {
  let file = try FileDescriptor.open(path, .readOnly)
  return try file.closeAfter {
    let size = Int(try file.seek(offset: 0, from: .end))
    return try unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = try unsafe file.read(
        fromAbsoluteOffset: 0, into: UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

/// A turn of one to four events of a few streams.
func turn(_ t: Int, dataBytes: Int = 30) -> Turn {
  let events = (0...(t % 4)).map { i in
    NewEvent(
      stream: "order-\((t + i) % 9)", type: ["Placed", "Paid", "Shipped"][(t + 2 * i) % 3],
      data: Array(
        "{\"n\":\(t),\"note\":\"\(String(repeating: "ab", count: dataBytes / 2))\"}".utf8),
      recordedAt: Timestamp(nanoseconds: 1_772_359_872_000_000_000 + Int64(t) * 1_500_000_000),
      correlation: i == 0 ? nil : "c-\(t)")
  }
  return Turn(events, id: t % 3 == 0 ? nil : "turn-\(t)")
}

/// Events that have every field, and those that have each one alone.
func everyField() -> [Turn] {
  let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
  var full = NewEvent(
    stream: "é", type: "Größe", data: [0, 255, 10, 13], contentType: "application/octet-stream",
    schemaVersion: .max, recordedAt: Timestamp(nanoseconds: .max), id: uuid,
    causation: [uuid.uppercased()], correlation: "e\u{301}", metadata: [123, 125])
  var turns = [Turn([full], id: uuid), Turn([full])]
  full.stream = "e\u{301}"
  full.recordedAt = Timestamp(nanoseconds: .min)
  full.id = String(uuid.dropLast())
  full.causation = ["sixteen bytes ok"]
  full.metadata = []
  full.data = []
  full.schemaVersion = 0
  turns.append(Turn([full], id: "😀"))
  let plain = NewEvent(
    stream: "plain", type: "Plain", data: Array("null".utf8),
    recordedAt: Timestamp(nanoseconds: 0))
  let changes: [(inout NewEvent) -> Void] = [
    { _ in }, { $0.id = "" }, { $0.id = "1" }, { $0.causation = [uuid] }, { $0.correlation = uuid },
    { $0.metadata = [1] }, { $0.contentType = "text/plain" }, { $0.contentType = "" },
    { $0.schemaVersion = 2 }, { $0.data = [] }, { $0.recordedAt = Timestamp(nanoseconds: -1) },
  ]
  turns.append(
    Turn(
      changes.map { change in
        var event = plain
        change(&event)
        return event
      }, id: "each field alone"))
  return turns
}

/// Events with none, one and several causes, side by side.
func severalCauses() -> [Turn] {
  let uuid = "0f8fad5b-d9cb-469f-a165-70867728950e"
  let lists = [
    [], ["one"], ["two", "one"], [uuid, uuid.uppercased()], [""], ["", ""],
    ["é", "e\u{301}", uuid],
    (0..<256).map { "cause-\($0)" }, [], [String(repeating: "long", count: 64), "one", "one"],
  ]
  return lists.enumerated().map { i, causes in
    let events = (0...(i % 3)).map { n in
      NewEvent(
        stream: "s-\(i % 4)", type: "Joined", data: Array("{\"n\":\(i)}".utf8),
        recordedAt: Timestamp(nanoseconds: Int64(i)), id: n == 0 ? "event-\(i)" : nil,
        causation: lists[(i + n) % lists.count], correlation: i % 2 == 0 ? nil : "c")
    }
    return Turn(events, id: i % 3 == 0 ? uuid + "-\(i)" : nil)
  }
}

func writeFormat4() throws {
  // The first segment has format 3 for as long as it can.
  _ = try write("causes") { log in
    for t in 0..<6 { try log.appendBlocking(turn(t)) }
    for turn in severalCauses() { try log.appendBlocking(turn) }
    try log.seal()
    for turn in severalCauses() { try log.appendBlocking(Turn(turn.events)) }
  }
  // A segment that gave way to one of format 4 before it had an event.
  _ = try write("causes-first") { log in
    for turn in severalCauses().reversed() { try log.appendBlocking(turn) }
  }
}

func writeFormat5() throws {
  // Sealed segments: events with every field, with several causes, and a few that are alike.
  _ = try write("fields") { log in
    for turn in everyField() + severalCauses() { try log.appendBlocking(turn) }
    try log.seal()
    for t in 0..<24 { try log.appendBlocking(turn(t)) }
    try log.seal()
  }
  // Several blocks with a dictionary, runs of events, pages of two sizes, and events of many pages.
  _ = try write("pages") { log in
    for t in 0..<400 {
      var events = turn(t, dataBytes: 250 + t * 7 % 90).events
      if t % 150 == 149 { events[0].data = turn(t, dataBytes: 40_000).events[0].data }
      try log.appendBlocking(Turn(events, id: t % 5 == 0 ? "turn-\(t)" : nil))
    }
    try log.seal()
    for t in 0..<40 { try log.appendBlocking(Turn(turn(t, dataBytes: 6000).events)) }
    try log.seal(.best)
  }
}

func writeFormat3() throws {
  _ = try write("active") { log in
    for t in 0..<12 { try log.appendBlocking(turn(t)) }
  }
  _ = try write("sealed") { log in
    for t in 0..<24 {
      try log.appendBlocking(turn(t))
      if t == 9 || t == 19 { try log.seal() }
    }
  }
  _ = try write("fields") { log in
    for turn in everyField() { try log.appendBlocking(turn) }
    try log.seal()
    for turn in everyField() { try log.appendBlocking(Turn(turn.events)) }
  }
  // Several blocks, pages, and a turn that begins in one block and ends in another.
  _ = try write("best") { log in
    for t in 0..<2500 {
      try log.appendBlocking(
        Turn(
          [
            NewEvent(
              stream: "a stream with a long and tedious name, number \(t % 800)", type: "Counted",
              data: Array("\(t)".utf8), recordedAt: Timestamp(nanoseconds: Int64(t)))
          ],
          id: "turn-\(t)"))
    }
    try log.appendBlocking(
      Turn((0..<160).map { turn($0 * 4, dataBytes: 2000).events[0] }, id: "large"))
    try log.seal(.best)
  }

  // Names that end with numbers of several widths, or with UUIDs, and some that only look so; times in
  // each unit.
  _ = try write("names") { log in
    for (step, unit) in [Int64(1), 1000, 1_000_000, 1_000_000_000].enumerated() {
      var events: [NewEvent] = []
      for i in 0..<60 {
        let uuid = "0f8fad5b-d9cb-469f-a165-7086772895\(10 + i)"
        let name = [
          "order-\(i * 7919)", "cart/\(uuid)", "\(1_000_000_000_000_000_000 - i * i)", "0000\(i)0",
          "cart/\(uuid.uppercased())", "é\(i * 1000)", "n-\(UInt64.max - UInt64(i))", "\(i)", "-",
        ][i % 9]
        events.append(
          NewEvent(
            stream: name, type: "Type\(i % 7)00", data: Array(repeating: 7, count: 200 + i % 5),
            recordedAt: Timestamp(nanoseconds: (1_772_359_872 - Int64(i) + Int64(step)) * unit)))
      }
      try log.appendBlocking(Turn(events))
      try log.seal()
    }
  }

  // What a crash leaves: a frame of which only the first half is there, acknowledged to nobody.
  var before: [UInt8] = []
  var end: UInt64 = 0
  let torn = try write("torn") { log in
    for t in 0..<5 { try log.appendBlocking(turn(t)) }
    before = try bytes(of: log.path.appending("DURABLE"))
    end = log.segmentInfo()[0].byteCount
    try log.appendBlocking(turn(7))
  }
  let mark = try FileDescriptor.open(torn.appending("DURABLE"), .writeOnly)
  try mark.closeAfter { _ = try mark.writeAll(toAbsoluteOffset: 0, before) }
  let segment = try EventLog.openReadOnly(torn).segmentInfo()[0]
  let half = (segment.byteCount - end) / 2
  let file = try FileDescriptor.open(segment.file, .readWrite)
  try file.closeAfter {
    _ = try file.writeAll(
      toAbsoluteOffset: Int64(end + half), [UInt8](repeating: 0, count: Int(half)))
  }
}

switch CommandLine.arguments[2] {
case "3": try writeFormat3()
case "4": try writeFormat4()
case "5": try writeFormat5()
default: preconditionFailure("there is nothing new in the format \(CommandLine.arguments[2])")
}

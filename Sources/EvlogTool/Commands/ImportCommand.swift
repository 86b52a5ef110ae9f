import ArgumentParser
import EventLog
import Replay

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Add the events of a file of NDJSON, also gzipped.",
    discussion: """
      One event a line: {"stream":"order-118","type":"StockReserved","data":{...}}, and optionally \
      time, id, causation, correlation, metadata, schemaVersion, contentType. The bytes of data \
      are kept as they are. The log is made if it does not exist.

      An import can be broken off at any moment and started again: what is in the log already is \
      not added twice. So can the import of a file that has grown at its end. A file that was \
      changed before its end is another file.

      Limits: 16 MiB of data an event, 64 MiB a line, times from 1678 to 2261.

      EXAMPLES
        evlog import shop.evlog events.ndjson.gz
        zcat events-*.gz | evlog import shop.evlog - --batch 5000
      """)

  @OptionGroup var store: StoreOptions

  @Argument(help: "The file; - is standard input.", completion: .file())
  var file: String

  @Option(help: "How many lines make a turn.") var batch: Int = 1000
  @Option(help: "The stream of lines that name none.") var stream: String?
  @Option(help: "A field to pass over; repeatable.") var ignoreField: [String] = []
  @Flag(help: "Compress what was imported at once, instead of when a segment is full.")
  var seal = false

  func validate() throws {
    guard (1...Limits.turnEvents).contains(batch) else {
      throw ValidationError("--batch must be from 1 to \(Limits.turnEvents).")
    }
  }

  func run() throws {
    var lines = try InputLines(file)
    defer { lines.close() }
    let start = ContinuousClock.now
    var reader = EventLine()
    reader.defaultStream = stream
    reader.ignoredFields = Set(ignoreField)
    // No log is made of what does not even begin with an event.
    let first = try lines.next().map { ($0.bytes, try reader.event($0, of: lines.name)) }
    let log = try store.openForWriting(createsIfMissing: true)
    var importer = try Importer(log: log, batch: batch, stream: stream)
    let progress = Progress("importing", of: lines.byteCount, unless: store.json)
    do {
      if let first { try importer.add(line: first.0, first.1) }
      while let line = try lines.next() {
        try importer.add(line: line.bytes, try reader.event(line, of: lines.name))
        progress.update(lines.byteCount == nil ? importer.addedEvents : lines.bytesRead)
      }
      try importer.finish()
    } catch {
      progress.finish()
      if importer.addedEvents > 0 {
        note(
          "\(Words.count(importer.addedEvents, "event")) of it were added. When what follows is put "
            + "right, run the same import again to go on: nothing is added twice")
      }
      throw error
    }
    if importer.isUnlikeEarlierImports {
      note(
        "the log has other imports, and this input begins like none of them: all of it was added")
    }
    if seal { try log.seal() }
    progress.finish()
    let took = ContinuousClock.now - start
    let info = log.segmentInfo()
    let stored = info.reduce(0) { $0 + $1.byteCount }
    log.close()
    report(importer, log, stored: stored, took)
  }

  private func note(_ text: String) {
    Output.error.line("\(EvlogTool.name): \(text).")
    Output.error.flush()
  }

  private func report(
    _ importer: Importer, _ log: EventLog, stored: UInt64, _ took: Duration
  ) {
    if store.json {
      var report = Report("import")
      report["addedEvents"] = .int(importer.addedEvents)
      report["addedTurns"] = .int(importer.addedTurns)
      report["alreadyThere"] = .int(importer.alreadyThere)
      report["inputBytes"] = .int(importer.inputBytes)
      report["end"] = .int(log.end)
      report["storedBytes"] = .int(stored)
      report["seconds"] = .seconds(took)
      report.print()
      return
    }
    var text =
      "\(Words.count(importer.addedEvents, "event")) in \(Words.count(importer.addedTurns, "turn"))"
    if importer.alreadyThere > 0 {
      text += ", \(Words.number(importer.alreadyThere)) were there already"
    }
    text += ", \(Words.bytes(stored)) on disk"
    if seal, importer.alreadyThere == 0, importer.addedEvents == log.end, stored > 0 {
      text +=
        " (\(Words.oneDecimal(Double(importer.inputBytes) / Double(stored))) × smaller)"
    }
    Output.standard.line(text + ", \(Words.duration(took))")
  }
}

/// Adds lines in turns whose ids say which lines they hold, so that no line is added twice.
///
/// A turn's id is the digest of all lines of the input up to its last one. An import that begins
/// again reads along until it has passed the last line that such an id of the log stands for.
struct Importer {
  private static let idPrefix = "import:"

  private let log: EventLog
  private let batch: Int
  private var digest = Digest.zero
  private var pending: [(digest: Digest, event: NewEvent)] = []
  /// How many of the pending lines have been added already.
  private var head = 0
  /// Where earlier turns end, and the most lines that one of them holds; empty once they are passed.
  private var known: Set<Digest> = []
  private var longestKnown = 0

  private(set) var addedEvents: UInt64 = 0
  private(set) var addedTurns: UInt64 = 0
  private(set) var alreadyThere: UInt64 = 0
  private(set) var inputBytes: UInt64 = 0

  /// Whether there were imports before, of which this input is neither one nor the growth of one.
  var isUnlikeEarlierImports: Bool { hasEarlierImports && alreadyThere == 0 && addedEvents > 0 }
  private var hasEarlierImports = false

  /// The same lines for another stream are other events.
  init(log: EventLog, batch: Int, stream: String?) throws {
    self.log = log
    self.batch = batch
    if let stream { digest = digest.chained(with: Array(stream.utf8)) }
    var known: Set<Digest> = []
    var longest = 0
    try log.turns { id, _ in
      guard id.hasPrefix(Self.idPrefix) else { return }
      let parts = id.dropFirst(Self.idPrefix.count).split(separator: ":")
      guard parts.count == 2, let digest = Digest(parts[0]), let count = Int(parts[1]) else {
        return
      }
      known.insert(digest)
      longest = max(longest, count)
    }
    self.known = known
    hasEarlierImports = !known.isEmpty
    longestKnown = longest
  }

  mutating func add(line: [UInt8], _ event: NewEvent) throws {
    digest = digest.chained(with: line)
    inputBytes += UInt64(line.count) + 1
    pending.append((digest, event))
    if known.contains(digest) {
      // Everything up to here is in the log.
      alreadyThere += UInt64(pending.count - head)
      (pending, head) = ([], 0)
    } else if pending.count - head > longestKnown, !known.isEmpty {
      // No earlier turn is long enough to end after this line.
      known = []
    }
    while known.isEmpty, pending.count - head >= batch { try append(batch) }
  }

  mutating func finish() throws {
    while pending.count > head { try append(min(batch, pending.count - head)) }
  }

  private mutating func append(_ count: Int) throws {
    let lines = pending[head..<(head + count)]
    guard let last = lines.last else { return }
    let id = "\(Self.idPrefix)\(last.digest):\(count)"
    try log.appendBlocking(Turn(lines.map(\.event), id: id))
    head += count
    if head * 2 > pending.count {
      pending.removeFirst(head)
      head = 0
    }
    addedEvents += UInt64(count)
    addedTurns += 1
  }
}

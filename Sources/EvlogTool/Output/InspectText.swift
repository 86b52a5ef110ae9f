import EvlogAnswers
import EvlogStore
import SystemPackage

/// What files hold, in words.
enum InspectText {
  /// How many bytes of a part are shown in hexadecimal.
  private static let hexLimit = 4096

  // MARK: A log

  static func print(_ files: [FileInspection], of log: FilePath) {
    let out = Output.standard
    let names = files.map { name($0.file, below: log) }
    let width = names.map(\.count).max() ?? 0
    for (file, name) in zip(files, names) {
      out.line(pad(file.kind.rawValue, 9) + pad(name, width + 2) + summary(file))
      remarks(file, indent: 9)
    }
  }

  private static func name(_ file: FilePath, below log: FilePath) -> String {
    var name = file
    return name.removePrefix(log) ? Words.plain(name.string) : Words.plain(file.string)
  }

  private static func summary(_ file: FileInspection) -> String {
    var words: [String] = []
    if let segment = file.segment {
      let offsets = segment.offsets
      words.append(
        offsets.isEmpty
          ? "offset \(Words.number(offsets.lowerBound)), empty"
          : "offsets \(Words.number(offsets.lowerBound)) to \(Words.number(offsets.upperBound - 1))"
      )
      words.append(Words.bytes(file.byteCount))
      words.append("salt \(Answers.Inspect.hex(segment.salt))")
      words.append("chain \(Answers.Inspect.hex(segment.chain))")
      if let times = segment.times { words.append(period(times)) }
      words.append("created \(segment.createdAt)")
    } else {
      words.append(Words.bytes(file.byteCount))
      let wanted = [
        "format", "store", "segment-bytes", "end", "active segment", "poisoned", "last writer",
        "taken from",
      ]
      for field in file.parts.flatMap(\.fields) where wanted.contains(field.name) {
        // What the number means is said where the file is explained.
        let value = field.value.prefix { $0 != ":" }
        words.append("\(field.name) \(Words.plain(String(value)))")
      }
    }
    return words.joined(separator: "  ")
  }

  // MARK: A file

  static func print(_ file: FileInspection, hex: Bool) throws {
    let out = Output.standard
    out.line("\(Words.plain(file.file.string)): \(kind(file.kind)), \(Words.bytes(file.byteCount))")
    let bytes = hex ? try FileBytes(file.file) : nil
    for part in file.parts {
      out.line()
      try show(part, bytes)
    }
    if file.parts.isEmpty, let bytes { try dump(0..<file.byteCount, bytes) }
    if !file.chunks.isEmpty {
      out.line()
      let noun = file.kind == .active ? "frame" : "block"
      out.line(Words.count(file.chunks.count, noun))
      for (i, chunk) in file.chunks.enumerated() { out.line(line(chunk, i)) }
    }
    if !file.remarks.isEmpty || !file.problems.isEmpty { out.line() }
    remarks(file, indent: 0)
  }

  private static func show(_ part: FileInspection.Part, _ bytes: FileBytes?) throws {
    let out = Output.standard
    out.line("\(part.name), \(range(part.bytes))")
    let width = part.fields.map(\.name.count).max() ?? 0
    for field in part.fields {
      out.line(
        right("\(field.byte)", 12) + right("\(field.count)", 6) + "  " + pad(field.name, width + 2)
          + Words.plain(field.value))
    }
    if let bytes { try dump(part.bytes, bytes) }
  }

  private static func dump(_ range: Range<UInt64>, _ bytes: FileBytes) throws {
    let shown = try bytes.read(range.lowerBound, count: min(range.count, hexLimit))
    for line in HexDump.lines(shown, at: range.lowerBound) { Output.standard.line(line) }
    if range.count > shown.count {
      Output.standard.line("…     \(Words.count(range.count - shown.count, "more byte"))")
    }
  }

  private static func line(_ chunk: FileInspection.Chunk, _ i: Int) -> String {
    var text = right("\(i)", 8) + "  " + range(chunk.bytes)
    if let offsets = chunk.offsets {
      text += "  offsets \(offsets.lowerBound)..<\(offsets.upperBound)"
    }
    if let raw = chunk.rawByteCount { text += "  \(Words.number(raw)) raw" }
    if let turns = chunk.turnCount { text += "  \(Words.count(turns, "turn"))" }
    if let durable = chunk.durableBefore { text += "  durable before \(durable)" }
    if let times = chunk.times { text += "  \(period(times))" }
    if let problem = chunk.problem { text += "  NOT WHOLE: \(problem)" }
    return text
  }

  static func remarks(_ file: FileInspection, indent: Int) {
    let space = String(repeating: " ", count: indent)
    for remark in file.remarks { Output.standard.line(space + "note     " + sentence(remark)) }
    for problem in file.problems { Output.standard.line(space + "DAMAGED  " + sentence(problem)) }
  }

  private static func sentence(_ remark: FileInspection.Remark) -> String {
    Words.plain(remark.text) + (remark.byte.map { " (byte \($0))" } ?? "")
  }

  // MARK: A frame or a block

  static func print(_ chunk: ChunkInspection, hex: Bool) {
    let out = Output.standard
    let noun = chunk.kind == .active ? "frame" : "block"
    out.line(
      "\(noun) \(chunk.number) of \(Words.plain(chunk.file.string)), \(range(chunk.chunk.bytes))")
    if let problem = chunk.chunk.problem { out.line("DAMAGED  \(problem)") }
    for part in chunk.parts {
      out.line()
      // Without a part that is asked for, there is none that could be missing.
      try? show(part, nil)
    }
    if !chunk.events.isEmpty { out.line() }
    for event in chunk.events { out.line(line(event)) }
    guard hex else { return }
    out.line()
    for line in HexDump.lines(chunk.stored, at: chunk.chunk.bytes.lowerBound) { out.line(line) }
  }

  private static func line(_ event: ChunkInspection.Envelope) -> String {
    var text = right(Words.number(event.offset), 9) + "  \(event.recordedAt)  "
    text += "\(Words.plain(event.stream))  revision \(event.revision)  \(Words.plain(event.type))"
    text += "  data \(Words.number(event.dataBytes)) bytes from \(Words.number(event.dataStart))"
    if let count = event.metadataBytes { text += ", metadata \(Words.number(count))" }
    if event.beginsTurn { text += "; begins a turn" }
    for (name, ids) in [
      ("turn id", event.turnID.map { [$0] } ?? []), ("id", event.id.map { [$0] } ?? []),
      ("causation", event.causation), ("correlation", event.correlation.map { [$0] } ?? []),
    ] where !ids.isEmpty {
      text += "; \(name) \(ids.map(Words.plain).joined(separator: ", "))"
    }
    if event.contentType != RecordedEvent.jsonContentType {
      text += "; content type \(Words.plain(event.contentType))"
    }
    if event.schemaVersion != 1 { text += "; schema version \(event.schemaVersion)" }
    return text
  }

  // MARK: Words

  private static func kind(_ kind: FileInspection.Kind) -> String {
    switch kind {
    case .identity: "the identity of a log"
    case .lock: "the writer's lock"
    case .durable: "the durable mark"
    case .active: "an active segment"
    case .sealed: "a sealed segment"
    case .snapshot: "a snapshot"
    case .verdicts: "verdicts that a scan kept"
    case .writes: "an index of what events wrote"
    case .torn: "a copy of torn bytes"
    case .truncation: "the note of a truncation in progress"
    case .spare: "zeros kept ready for a segment"
    case .unknown: "nothing that evlog knows"
    }
  }

  private static func period(_ times: ClosedRange<Timestamp>) -> String {
    times.lowerBound == times.upperBound
      ? "\(times.lowerBound)" : "\(times.lowerBound) to \(times.upperBound)"
  }

  private static func range(_ bytes: Range<UInt64>) -> String {
    "bytes \(bytes.lowerBound)..<\(bytes.upperBound)"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

import ArgumentParser
import EvlogAnswers
import EvlogJSON
import EvlogStore
import SystemPackage

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Explain a log's files: fields, frames, blocks, bytes.",
    discussion: """
      For a log: its files, one per line, without reading the compressed events. For a file: every \
      field of its headers with its position, its frames or blocks, its index, and where and why \
      it stops making sense. With --frame or --offset: one frame or block, with the envelopes of \
      its events. FORMAT.md describes the fields.

      Works on damaged files, and on those of other logs. Exits with 5 if anything that it looked \
      at is damaged or does not belong there.

      EXAMPLES
        evlog inspect shop.evlog
        evlog inspect shop.evlog/segments/00000000000000000000.sealed
        evlog inspect shop.evlog --offset 7777
        evlog inspect shop.evlog/DURABLE --hex
      """)

  @Argument(help: "A log's folder, or one of its files.", completion: .file())
  var path: String
  @Flag(help: "Print one JSON object instead of text.") var json = false
  @Option(help: "Explain this frame or block, counted from 0.") var frame: Int?
  @Option(help: "Explain the frame or block that holds this event.") var offset: Offset?
  @Flag(help: "Show the bytes too.") var hex = false

  func validate() throws {
    if frame != nil, offset != nil { throw ValidationError("Choose one of --frame and --offset.") }
    if let frame, frame < 0 { throw ValidationError("--frame must not be negative.") }
  }

  func run() throws {
    if frame != nil || offset != nil {
      try explainChunk()
      return
    }
    switch PathKind(path) {
    case .nothing: throw Failure.usage("There is no file and no log at \(path).")
    case .special: throw Failure.usage("\(path) is neither a file nor a folder.")
    case .folder: try listFiles()
    case .file where Words.isGroup(FilePath(path)):
      throw Failure.usage(
        "\(path) is a group of logs, written as text. To see what is in it: \(EvlogTool.name) cut stats "
          + Words.shell(path))
    case .file: try explainFile()
    }
  }

  private func listFiles() throws {
    let files = try EventLog.inspect(log: FilePath(path))
    if json {
      try Answers.Inspect(files: files).print()
    } else {
      InspectText.print(files, of: FilePath(path))
    }
    if files.contains(where: \.isDamaged) { throw Failure(.damagedLog, "") }
  }

  private func explainFile() throws {
    var file = try EventLog.inspect(file: FilePath(path))
    file.explainSnapshotHeader()
    if json {
      try Answers.Inspect(file).print()
    } else {
      try InspectText.print(file, hex: hex)
    }
    if file.isDamaged { throw Failure(.damagedLog, "") }
  }

  private func explainChunk() throws {
    let chunk = try find()
    if json {
      try Answers.Inspect(chunk).print()
    } else {
      InspectText.print(chunk, hex: hex)
    }
    if chunk.chunk.problem != nil { throw Failure(.damagedLog, "") }
  }

  /// The frame or block that is asked for, in a file or anywhere in a log.
  private func find() throws -> ChunkInspection {
    let files: [FilePath]
    switch PathKind(path) {
    case .nothing: throw Failure.usage("There is no file and no log at \(path).")
    case .file, .special: files = [FilePath(path)]
    case .folder:
      files = try EventLog.inspect(log: FilePath(path)).filter {
        $0.segment != nil && $0.file.removingLastComponent() == FilePath(path).appending("segments")
      }.filter { file in offset.map { file.segment?.offsets.contains($0) == true } ?? true }
        .map(\.file)
    }
    var left = frame ?? 0
    for file in files {
      if let offset {
        if let chunk = try EventLog.inspect(offset: offset, of: file) { return chunk }
      } else {
        if let chunk = try EventLog.inspect(chunk: left, of: file) { return chunk }
        left -= try EventLog.inspect(file: file).chunks.count
      }
    }
    let what = offset.map { "a frame or block with offset \($0)" } ?? "that many frames or blocks"
    throw Failure.usage(
      "\(path) does not have \(what) that can be read: see \(EvlogTool.name) inspect \(path)")
  }
}

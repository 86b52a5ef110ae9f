import EvlogJSON
import EvlogAnswers
import EvlogCuts
import EvlogForensics
import EvlogMachine
import EvlogReplay
import EvlogStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A violation in three forms, in one folder: a log, its events as NDJSON, and a test in Swift.
struct Reproduction {
  private let made: Minimisation
  private let machine: String
  private let program: any Program
  /// The group whose logs the events are of; nil for one log.
  private let group: LogGroup?
  private let folder: FilePath

  init(
    _ made: Minimisation, machine: String, program: any Program, of group: LogGroup?, folder: String
  ) throws {
    self.group = group
    self.made = made
    self.machine = machine
    self.program = program
    self.folder = FilePath(folder)
  }

  /// Writes the folder. Throws where the events do not break the invariant as a log of their own:
  /// there they have other offsets and revisions, and a machine may look at those.
  func write() async throws {
    guard unsafe folder.withPlatformString({ unsafe mkdir($0, 0o755) }) == 0 else {
      throw Failure.usage("The folder cannot be made: \(folder): \(Errno(rawValue: errno))")
    }
    if let group { return try await write(group) }
    let log = try EventLog.create(folder.appending("log.evlog"))
    defer { log.close() }
    for kept in made.kept { try log.appendBlocking(Turn([NewEvent(recorded: kept.event)])) }
    let lines = OutputLines()
    var cursor = log.events().makeCursor()
    while let event = try cursor.next() { lines.add(event.ndjson) }
    try write(lines.bytes, to: "events.ndjson")
    try write(Array(swiftTest.utf8), to: "ReproductionTests.swift")
    let scan = try await Replayer(program, over: log).scan()
    let finding = scan.findings.first { Name($0.invariant.name) == Name(made.invariant.name) }
    guard finding?.breaks.at(cut: Cut(made.kept.count)) != nil else {
      throw Failure(
        .inconclusive,
        "As a log of their own, in \(folder), these events do not break the invariant: the machine "
          + "looks at offsets or revisions, which differ there.")
    }
  }

  /// Writes a log for each of the group's that has one of the events, and the group's file.
  private func write(_ group: LogGroup) async throws {
    var entries: [GroupFile.Entry] = []
    for name in group.names {
      let kept = made.kept.filter { $0.event.log == name }
      if kept.isEmpty { continue }
      entries.append(GroupFile.Entry(name, at: FilePath("\(name).evlog")))
      let log = try EventLog.create(folder.appending("\(name).evlog"))
      defer { log.close() }
      for event in kept.map(\.event) {
        var event = NewEvent(recorded: event)
        event.stream = String(event.stream.dropFirst(name.count + 1))
        try log.appendBlocking(Turn([event]))
      }
    }
    // Some of the causes were left out.
    let file = GroupFile(entries, edges: group.edges, order: group.order, dangling: .counted)
    try write(Array(file.text.utf8), to: "logs.group")
    let history = try file.open(in: folder).history()
    let scan = try await Replayer(program, over: history).scan()
    let finding = scan.findings.first { Name($0.invariant.name) == Name(made.invariant.name) }
    guard finding.map({ !$0.episodes.isEmpty }) == true else {
      throw Failure(
        .inconclusive,
        "As logs of their own, in \(folder), these events do not break the invariant: the machine looks at "
          + "offsets or revisions, or needs every log of the group.")
    }
  }

  private final class OutputLines {
    private(set) var bytes: [UInt8] = []
    func add(_ line: [UInt8]) { bytes += line + [0x0A] }
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    let file = try OutputFile(folder.appending(name).string, replacing: false)
    try file.write(bytes)
    try file.finish()
  }

  // MARK: The test

  private var isScript: Bool { machine.hasSuffix(".js") }

  /// A compiled machine's type, and the module that it is in, by the name of its program's type: such as
  /// `EvlogReplay.CompiledProgram<Shop.Cart>`.
  private var compiledMachine: (type: String, module: String?) {
    let name = String(reflecting: type(of: program))
    guard let start = name.firstIndex(of: "<"), name.hasSuffix(">"), !name.contains("(") else {
      return (program.descriptor.name, nil)
    }
    let parts = name[name.index(after: start)...].dropLast().split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return (program.descriptor.name, nil) }
    return (String(parts[1]), String(parts[0]))
  }

  private var swiftTest: String {
    let name = Self.literal(made.invariant.name)
    let compiled = compiledMachine
    let load =
      isScript
      ? "try ScriptProgram(file: \(Self.literal(machine)))" : "\(compiled.type)().program"
    let modules =
      ["Evlog", "Foundation", "SystemPackage", "Testing"]
      + (isScript ? ["EvlogScripting"] : compiled.module.map { [$0] } ?? [])
    return """
      \(modules.sorted().map { "import \($0)" }.joined(separator: "\n"))

      /// \(made.kept.count) of \(made.considered) events that break an invariant, found by `evlog minimise`: it fails until
      /// the code is fixed.
      @Test func theInvariantHolds() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let log = try EventLog.create(FilePath(folder.path))
        let events = [
      \(made.kept.map { event($0.event) }.joined(separator: "\n"))
        ]
        for event in events { try await log.append([event]) }
        let program = \(load)
        let scan = try await Replayer(program, over: log).scan()
        let finding = try #require(scan.findings.first { $0.invariant.name == \(name) })
        #expect(
          finding.episodes.isEmpty, "violated from offset \\(finding.firstEpisode?.brokenBy ?? 0) on")
      }

      """
  }

  private func event(_ event: RecordedEvent) -> String {
    var parts = [
      "stream: \(Self.literal(event.stream))", "type: \(Self.literal(event.type))",
      "data: \(Self.literal(event.data))",
    ]
    if event.contentType != RecordedEvent.jsonContentType {
      parts.append("contentType: \(Self.literal(event.contentType))")
    }
    if event.schemaVersion != 1 { parts.append("schemaVersion: \(event.schemaVersion)") }
    parts.append("recordedAt: Timestamp(\"\(event.recordedAt)\")")
    if let id = event.id { parts.append("id: \(Self.literal(id))") }
    if !event.causation.isEmpty {
      parts.append("causation: [\(event.causation.map(Self.literal).joined(separator: ", "))]")
    }
    if let id = event.correlation { parts.append("correlation: \(Self.literal(id))") }
    if let metadata = event.metadata { parts.append("metadata: \(Self.literal(metadata))") }
    return "    NewEvent(\n      \(parts.joined(separator: ",\n      "))),"
  }

  /// A text of Swift, in which nothing needs to be escaped.
  private static func literal(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    guard isPlain else { return text.debugDescription }
    var marks = ""
    while text.contains("\"\(marks)") || text.contains("\\\(marks)") { marks += "#" }
    return "\(marks)\"\(text)\"\(marks)"
  }

  private static func literal(_ bytes: ArraySlice<UInt8>) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { return "\(Array(bytes))" }
    return "Array(\(literal(text)).utf8)"
  }
}

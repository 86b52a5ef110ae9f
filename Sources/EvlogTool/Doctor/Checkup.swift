import EvlogAnswers
import EvlogStore
import SystemPackage

/// What was found when a log and its disk were looked at.
struct Checkup {
  let path: String
  /// Nil where the log cannot even be opened for reading.
  var health: Health?
  var fileSystem: FileSystem?
  var probe: SyncProbe?
  /// Why the disk was not tried, if it was wanted.
  var probeRefusal: String?
  var findings: [Answers.Doctor.Finding] = []

  var status: ExitStatus {
    if findings.contains(where: \.damage) { return .damagedLog }
    return findings.isEmpty ? .clean : .found
  }

  /// Throws where there is no log.
  init(_ path: String, probes: Bool) throws {
    self.path = path
    fileSystem = FileSystem(of: FilePath(path))
    let looked = Result { () throws(EventLogError) in try EventLog.health(of: FilePath(path)) }
    switch looked {
    case .success(let found): health = found
    case .failure(let error):
      guard error.code == .damaged || error.code == .foreign else { throw error }
      addDamage(error)
    }
    if probes {
      let tried = Result { () throws(EventLogError) in
        try EventLog.probeSync(in: FilePath(path))
      }
      switch tried {
      case .success(let measured): probe = measured
      case .failure(let error): probeRefusal = Words.error(error)
      }
    }
    if let health { judge(health) }
    judgeDisk()
  }

  private mutating func addDamage(_ error: EventLogError) {
    findings.append(
      Answers.Doctor.Finding(
        kind: "damage", damage: true, text: Words.error(error),
        next: "\(EvlogTool.name) inspect \(Words.shell(error.file?.string ?? path))"))
  }

  private mutating func judge(_ health: Health) {
    for problem in health.problems { addDamage(problem) }
    let log = Words.shell(path)
    if let torn = health.recovery.tornTail {
      add(
        "tornTail",
        "\(Words.bytes(torn.byteCount)) of an interrupted write, never acknowledged, lie at the end of "
          + "\(torn.file)",
        "the next writer keeps a copy and clears them away: \(EvlogTool.name) seal \(log)")
    }
    if let mark = health.mark, mark.isPoisoned {
      add(
        "poisoned",
        "a write or a sync failed, and the writer gave up at offset \(Words.number(mark.end))",
        "look into the system's log for the disk's errors; opening the log for writing recovers it: "
          + "\(EvlogTool.name) seal \(log)")
    }
    if health.mark == nil, health.end > 0 {
      add(
        "mark", "the file DURABLE is missing or not whole: a damaged end would seem torn",
        "the next writer makes a new one: \(EvlogTool.name) seal \(log)")
    }
    if !health.hasWriter, health.unsealedCount > 0 {
      add(
        "unsealed", "\(Words.count(health.unsealedCount, "full segment")) not compressed",
        "\(EvlogTool.name) seal \(log)")
    }
    if !health.hasWriter, !health.unfinished.isEmpty {
      add(
        "unfinished",
        "\(Words.count(health.unfinished.count, "unfinished file")) of an interrupted seal or roll",
        "the next writer removes them: \(EvlogTool.name) seal \(log)")
    }
    if health.quarantine.count > 0 {
      add(
        "quarantine",
        "\(Words.count(health.quarantine.count, "file")) set aside as damaged, "
          + Words.bytes(health.quarantine.byteCount),
        "look at them (\(EvlogTool.name) inspect \(log)), and remove what you do not need")
    }
    if let last = health.lastTime, last.nanoseconds > Timestamp.now().nanoseconds + 60_000_000_000 {
      add(
        "clock", "the last event is dated \(last), which is in the future",
        "set the clock of this machine or of the one that wrote it: date -u")
    }
  }

  private mutating func judgeDisk() {
    guard let fileSystem else { return }
    if let doubt = fileSystem.doubt {
      add(
        "fileSystem", "the file system is \(fileSystem.name): \(doubt)", "move it to a local disk")
    }
    if let health, fileSystem.freeBytes < 3 * health.segmentBytes {
      add(
        "space", "only \(Words.bytes(fileSystem.freeBytes)) are free, less than three segments",
        "make room, or move the log to a larger disk")
    } else if let days, days < 30 {
      add("space", "the free space lasts for \(Int(days)) days", "make room in time")
    }
  }

  private mutating func add(_ kind: String, _ text: String, _ next: String) {
    findings.append(.init(kind: kind, text: text, next: next))
  }

  var answer: Answers.Doctor {
    var answer = Answers.Doctor()
    answer.findings = findings
    answer.log = health.map(Answers.Doctor.Log.init)
    answer.fileSystem = fileSystem.map {
      .init(
        name: $0.name, freeBytes: UInt64($0.freeBytes), bytes: UInt64($0.byteCount),
        days: days.map { Int($0) })
    }
    answer.sync = probe.map(Answers.Doctor.Sync.init)
    answer.syncRefused = probeRefusal
    return answer
  }

  /// For how many days there is room, at the rate of the last events; nil where nothing says so.
  var days: Double? {
    guard let health, let fileSystem, let rate = health.eventsPerDay, health.end > 0 else {
      return nil
    }
    let bytesPerEvent = Double(health.storedBytes) / Double(UInt64(health.end))
    let days = Double(fileSystem.freeBytes) / max(1e-9, rate * bytesPerEvent)
    return days < 36_500 ? days : nil
  }
}

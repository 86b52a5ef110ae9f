import EvlogAnswers
import EvlogCore
import EvlogJSON

extension Answers.Doctor {
  /// One page, about the log at a path.
  func print(path: String) {
    if let log { print(log, path) }
    if let fileSystem {
      var text = "\(fileSystem.name), \(Words.bytes(fileSystem.freeBytes)) free of "
      text += Words.bytes(fileSystem.bytes)
      if let days = fileSystem.days {
        text += ", enough for \(Words.number(days)) days at the last events' rate"
      }
      row("disk", text)
    }
    if let sync { row("sync", sentence(sync)) }
    if let syncRefused { row("sync", "not tried: \(Words.plain(syncRefused))") }
    Output.standard.line()
    for finding in findings {
      Output.standard.line(
        (finding.damage ? "DAMAGED  " : "LOOK     ") + Words.plain(finding.text))
      Output.standard.line("  next   " + Words.plain(finding.next))
    }
    Output.standard.line(
      findings.isEmpty
        ? verdict : "\(verdict): \(Words.count(findings.count, "finding"))")
  }

  private func print(_ log: Log, _ path: String) {
    row("log", "\(log.id), format \(log.format)")
    let last = log.lastWriter.map { ", process \($0)" } ?? ""
    row(
      "writer",
      log.hasWriter ? "one has the log open\(last)" : "none; the last one was\(last.dropFirst())"
    )
    var events = Words.count(log.events, "event")
    if let time = log.lastTime { events += ", the last of \(time)" }
    row("events", events)
    if let words = Statistics.words(log.timesBackwards, log.firstBackwards) { row("times", words) }
    if let end = log.durableEnd {
      row("durable", "to offset \(Words.number(end))" + (log.isPoisoned ? ", POISONED" : ""))
    } else {
      row("durable", "no mark")
    }
    var segments = "\(Words.count(log.segments, "segment")): \(log.sealedSegments) sealed, "
    segments += "\(log.unsealedSegments) full and not sealed; \(Words.bytes(log.storedBytes))"
    if let share = log.lastSegmentFill {
      segments += "; the last one is \(Words.oneDecimal(share * 100)) % full"
    }
    row("segments", segments)
    row("snapshots", words(log.snapshots))
    row("set aside", words(log.quarantine))
    row("opening", "takes \(Words.duration(log.secondsToOpen))")
    row(
      "checked",
      log.problems == 0
        ? "headers and indexes hold (all of it: \(EvlogTool.name) verify \(Words.shell(path)))"
        : Words.count(log.problems, "problem"))
  }

  private func words(_ files: Answers.Files) -> String {
    files.files == 0
      ? "none" : "\(Words.count(files.files, "file")), \(Words.bytes(files.bytes))"
  }

  private func sentence(_ probe: Sync) -> String {
    var text = "\(probe.writes) × \(probe.bytes) bytes: at least "
    text += "\(Words.duration(probe.shortest)), median \(Words.duration(probe.median)), one in a "
    text += "hundred over \(Words.duration(probe.percentile99))"
    let rate = 1 / max(1e-9, probe.median / .seconds(1))
    text += "; so about \(Words.number(Int(rate))) appends a second in sequence, more in "
    text += "parallel"
    if probe.median < .microseconds(15) {
      text += "; so short that nothing can have waited for a disk"
    }
    return text
  }

  private func row(_ name: String, _ text: String) {
    Output.standard.line(
      name + String(repeating: " ", count: max(1, 12 - name.count)) + Words.plain(text))
  }
}

import EvlogReplay
import EvlogStore

extension Checkup {
  /// One page.
  func print() {
    if let health { print(health) }
    if let fileSystem {
      var text = "\(fileSystem.name), \(Words.bytes(fileSystem.freeBytes)) free of "
      text += Words.bytes(fileSystem.byteCount)
      if let days {
        text += ", enough for \(Words.number(Int(days))) days at the last events' rate"
      }
      row("disk", text)
    }
    if let probe { row("sync", sentence(probe)) }
    if let probeRefusal { row("sync", "not tried: \(Words.plain(probeRefusal))") }
    Output.standard.line()
    for finding in findings {
      Output.standard.line(
        (finding.isDamage ? "DAMAGED  " : "LOOK     ") + Words.plain(finding.text))
      Output.standard.line("  next   " + Words.plain(finding.next))
    }
    Output.standard.line(
      findings.isEmpty
        ? verdict : "\(verdict): \(Words.count(findings.count, "finding"))")
  }

  private func print(_ health: Health) {
    row("log", "\(health.store), format \(health.formatVersion)")
    let last = health.lastWriter.map { ", process \($0)" } ?? ""
    row(
      "writer",
      health.hasWriter ? "one has the log open\(last)" : "none; the last one was\(last.dropFirst())"
    )
    var events = Words.count(health.end, "event")
    if let time = health.lastTime { events += ", the last of \(time)" }
    row("events", events)
    if let words = health.backwards.flatMap(Statistics.words) { row("times", words) }
    if let mark = health.mark {
      row("durable", "to offset \(Words.number(mark.end))" + (mark.isPoisoned ? ", POISONED" : ""))
    } else {
      row("durable", "no mark")
    }
    let sealed = health.segments.count(where: \.isSealed)
    var segments = "\(Words.count(health.segments.count, "segment")): \(sealed) sealed, "
    segments += "\(health.unsealedCount) full and not sealed; \(Words.bytes(health.storedBytes))"
    if let active = health.segments.last, !active.isSealed {
      let share = Double(active.byteCount) / Double(max(1, health.segmentBytes)) * 100
      segments += "; the last one is \(Words.oneDecimal(share)) % full"
    }
    row("segments", segments)
    row("snapshots", words(health.snapshots))
    row("set aside", words(health.quarantine))
    row("opening", "takes \(Words.duration(health.timeToOpen))")
    row(
      "checked",
      health.problems.isEmpty
        ? "headers and indexes hold (all of it: \(EvlogTool.name) verify \(Words.shell(path)))"
        : Words.count(health.problems.count, "problem"))
  }

  private func words(_ files: Health.Files) -> String {
    files.count == 0
      ? "none" : "\(Words.count(files.count, "file")), \(Words.bytes(files.byteCount))"
  }

  private func sentence(_ probe: SyncProbe) -> String {
    var text = "\(probe.durations.count) × \(probe.byteCount) bytes: at least "
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

  var report: Report {
    var report = Report("doctor")
    report["verdict"] = .string(verdict)
    report["findings"] = .array(
      findings.map {
        .object([
          ("kind", .string($0.kind)), ("damage", .bool($0.isDamage)), ("text", .string($0.text)),
          ("next", .string($0.next)),
        ])
      })
    report["log"] = health.map { .health($0) }
    report["fileSystem"] = fileSystem.map {
      .object([
        ("name", .string($0.name)), ("freeBytes", .int($0.freeBytes)),
        ("bytes", .int($0.byteCount)), ("days", days.map { .int(Int($0)) } ?? .null),
      ])
    }
    report["sync"] = probe.map {
      .object([
        ("writes", .int($0.durations.count)), ("bytes", .int($0.byteCount)),
        ("shortest", .seconds($0.shortest)), ("median", .seconds($0.median)),
        ("percentile99", .seconds($0.percentile99)),
      ])
    }
    report["syncRefused"] = .optional(probeRefusal)
    return report
  }
}

extension JSONValue {
  fileprivate static func health(_ health: Health) -> JSONValue {
    func files(_ files: Health.Files) -> JSONValue {
      .object([("files", .int(files.count)), ("bytes", .int(files.byteCount))])
    }
    return .object([
      ("id", .string("\(health.store)")), ("format", .int(health.formatVersion)),
      ("hasWriter", .bool(health.hasWriter)), ("lastWriter", .optional(health.lastWriter)),
      ("events", .int(health.end)), ("lastTime", .optional(health.lastTime.map { "\($0)" })),
      ("timesBackwards", .optional(health.backwards?.count)),
      ("firstBackwards", .optional(health.backwards?.first)),
      ("durableEnd", .optional(health.mark?.end)),
      ("isPoisoned", .bool(health.mark?.isPoisoned == true)),
      ("segments", .int(health.segments.count)),
      ("sealedSegments", .int(health.segments.count(where: \.isSealed))),
      ("unsealedSegments", .int(health.unsealedCount)),
      ("segmentBytes", .int(health.segmentBytes)), ("storedBytes", .int(health.storedBytes)),
      ("tornBytes", .optional(health.recovery.tornTail?.byteCount)),
      ("quarantine", files(health.quarantine)), ("snapshots", files(health.snapshots)),
      ("secondsToOpen", .seconds(health.timeToOpen)),
    ])
  }
}

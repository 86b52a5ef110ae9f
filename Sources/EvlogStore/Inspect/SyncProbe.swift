public import SystemPackage

/// How long a small write takes to reach the disk of a log.
public struct SyncProbe: Sendable, Hashable {
  /// The number of bytes of each write.
  public var byteCount: Int
  /// The time of each write with its sync, the shortest first.
  public var durations: [Duration]

  /// The shortest time.
  public var shortest: Duration { durations.first ?? .zero }
  /// The median: half of the writes took longer.
  public var median: Duration { percentile(50) }
  /// The 99th percentile: one write in a hundred takes longer.
  public var percentile99: Duration { percentile(99) }

  private func percentile(_ percent: Int) -> Duration {
    durations.isEmpty ? .zero : durations[min(durations.count - 1, durations.count * percent / 100)]
  }
}

extension EventLog {
  /// Measures what an append waits for: a write over zeros, and its sync, in a separate file.
  ///
  /// The file is in the folder for that time, and is removed even if the measurement fails.
  public static func probeSync(
    in folder: FilePath, writes: Int = 200, byteCount: Int = 256, options: Options = Options()
  ) throws(EventLogError) -> SyncProbe {
    let system = options.system
    let path = folder.appending("probe-\(UInt32.random(in: .min ... .max)).tmp")
    let file = try File(path, .create, system)
    do throws(EventLogError) {
      let probe = try probe(file, writes: writes, byteCount: byteCount)
      try system.unlink(path)
      return probe
    } catch {
      system.removeUnfinished(path)
      throw error
    }
  }

  private static func probe(_ file: File, writes: Int, byteCount: Int) throws(EventLogError)
    -> SyncProbe
  {
    // As a segment has it: room that is written ahead, so that a sync changes no metadata.
    try file.writeZeros(0..<UInt64(max(1, writes * byteCount)))
    try file.sync()
    let bytes = [UInt8](repeating: 0x65, count: byteCount)
    let clock = ContinuousClock()
    var durations: [Duration] = []
    for i in 0..<writes {
      let start = clock.now
      try file.write(bytes, at: UInt64(i * byteCount))
      try file.sync()
      durations.append(clock.now - start)
    }
    return SyncProbe(byteCount: byteCount, durations: durations.sorted())
  }
}

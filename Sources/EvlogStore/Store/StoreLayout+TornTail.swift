import SystemPackage

extension StoreLayout {
  /// Decides what the bytes after the last whole frame are, and clears away an interrupted write.
  ///
  /// Whatever a frame, or the durable mark, knew to be on disk was acknowledged: if it is not whole,
  /// that is damage, and the log refuses. What lies beyond was never acknowledged: it is copied to
  /// the quarantine and durably replaced by zeros, so that it can never come back to life.
  func recoverTail(
    _ file: File, _ header: SegmentHeader, _ mark: DurableMark?, _ report: inout RecoveryReport
  ) throws(EventLogError) -> FrameScan {
    // After a failed sync, memory may show frames that the disk does not have.
    let limit = mark.flatMap { $0.isPoisoned ? $0.end : nil } ?? .max
    let scan = try FrameScan(file: file, header: header, below: limit)
    let size = try file.size()
    let lastByte = try lastNonZeroByte(of: file, in: scan.end.position..<size)
    let later = lastByte == nil ? [] : try scan.framesAfterProblem(file: file, header: header)
    // A mark that names a later segment speaks of a file that is missing, not of this one.
    let marked = mark.flatMap { $0.activeBase <= header.baseOffset ? $0.end : nil } ?? 0
    let acknowledged = max(
      marked, scan.durableBefore, later.map(\.header.durableBefore).max() ?? 0)
    guard acknowledged <= scan.end.offset else {
      throw EventLogError.damaged(
        "Acknowledged data is damaged", file: file.path, byte: scan.end.position,
        offsets: scan.end.offset..<acknowledged)
    }
    guard let lastByte else { return scan }
    let torn = scan.end.position..<(lastByte + 1)
    report.tornTail = RecoveryReport.TornTail(
      file: file.path, byte: torn.lowerBound, byteCount: UInt64(torn.count),
      quarantined: try keep(torn, of: file))
    try file.writeZeros(torn)
    try file.sync()
    return scan
  }

  /// Rewrites the frames that a process left without having synced them.
  ///
  /// If it died of a failed sync, memory may show what the disk does not have, and another sync would not store
  /// it either unless it is rewritten. Only what was certainly never acknowledged is touched: a power cut in
  /// the middle may destroy what is being overwritten. If the system was restarted since, memory has nothing
  /// that the disk does not have.
  func writeAgain(_ scan: FrameScan, of file: File, past mark: DurableMark?) throws(EventLogError) {
    guard let mark, mark.isCurrent(system) else { return }
    let synced = max(mark.end, scan.durableBefore)
    guard let first = scan.frames.first(where: { $0.header.offsets.upperBound > synced }) else {
      return
    }
    var position = first.position
    while position < scan.end.position {
      let bytes = try file.read(
        at: position, count: Int(min(1 << 20, scan.end.position - position)))
      if bytes.isEmpty { return }
      try file.write(bytes, at: position)
      position += UInt64(bytes.count)
    }
  }

  func lastNonZeroByte(of file: File, in range: Range<UInt64>) throws(EventLogError)
    -> UInt64?
  {
    var last: UInt64?
    var position = range.lowerBound
    while position < range.upperBound {
      let bytes = try file.read(at: position, count: Int(min(1 << 20, range.upperBound - position)))
      if bytes.isEmpty { break }
      if let i = bytes.lastIndex(where: { $0 != 0 }) { last = position + UInt64(i) }
      position += UInt64(bytes.count)
    }
    return last
  }

  /// A durable copy of a part of a file in the quarantine.
  private func keep(_ range: Range<UInt64>, of file: File) throws(EventLogError) -> FilePath {
    if try !system.exists(quarantine) {
      try system.makeDirectory(quarantine)
      try system.syncDirectory(root)
    }
    let stem = file.path.lastComponent?.stem ?? "segment"
    var path = quarantine.appending("\(stem)-byte-\(range.lowerBound).torn")
    var attempt = 1
    while try system.exists(path) {
      attempt += 1
      path = quarantine.appending("\(stem)-byte-\(range.lowerBound)-\(attempt).torn")
    }
    let copy = try File(path, .create, system)
    var position = range.lowerBound
    while position < range.upperBound {
      let bytes = try file.read(at: position, count: Int(min(1 << 20, range.upperBound - position)))
      try copy.write(bytes, at: position - range.lowerBound)
      position += UInt64(bytes.count)
    }
    try copy.sync()
    try system.syncDirectory(quarantine)
    return path
  }
}

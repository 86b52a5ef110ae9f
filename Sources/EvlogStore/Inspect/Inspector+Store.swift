import SystemPackage

/// All the files of a log.
extension Inspector {
  func inspectAll() throws(EventLogError) -> [FileInspection] {
    guard let layout else { return [] }
    let root = layout.root
    guard try system.exists(root) else {
      throw EventLogError(
        .notFound, "There is no log here", file: root,
        advice: .init("To make one", .create(root)))
    }
    let names = try system.list(root)
    guard names.contains("EVLOG") || names.contains("segments") else {
      throw EventLogError(
        .notAStore, "This is not an event log: it has neither a file EVLOG nor segments",
        file: root, advice: "Give the folder of a log, or one of its files.")
    }
    var files: [FileInspection] = []
    // The identity first, then what is beside it, then the folders.
    for name in names.sorted(by: { rank($0) < rank($1) }) {
      try add(root.appending(name), depth: 0, to: &files)
    }
    if !names.contains("EVLOG") {
      var missing = FileInspection(file: layout.identity, kind: .identity, byteCount: 0)
      missing.add(problem: "The identity is missing: without it the folder is no log")
      files.insert(missing, at: 0)
    }
    connect(&files)
    return files
  }

  private func rank(_ name: String) -> Int {
    let order = ["EVLOG", "LOCK", "DURABLE", "segments", "snapshots", "quarantine"]
    return order.firstIndex(of: name) ?? order.count
  }

  private func add(_ path: FilePath, depth: Int, to files: inout [FileInspection])
    throws(EventLogError)
  {
    // What cannot be listed is a file, and inspecting that says what is wrong with it.
    if depth < 3, let below = try? system.list(path) {
      for name in below { try add(path.appending(name), depth: depth + 1, to: &files) }
      return
    }
    do throws(EventLogError) {
      files.append(try inspect(path, isBrief: true))
    } catch {
      // A segment that was sealed between the listing and the opening is there under another name.
      if error.code == .notFound { return }
      var unreadable = FileInspection(file: path, kind: .unknown, byteCount: 0)
      unreadable.add(problem: error.description)
      files.append(unreadable)
    }
  }

  /// Says where one segment does not go on with what the one before it ends with.
  private func connect(_ files: inout [FileInspection]) {
    guard let layout else { return }
    let places = files.indices.filter { i in
      files[i].segment != nil && files[i].file.removingLastComponent() == layout.segments
        && files[i].file.extension != "tmp"
    }.sorted { a, b in
      let (first, second) = (files[a].segment, files[b].segment)
      return (first?.offsets.lowerBound ?? 0, files[a].kind.rawValue)
        < (second?.offsets.lowerBound ?? 0, files[b].kind.rawValue)
    }
    var before: FileInspection.SegmentFacts?
    for i in places {
      guard let segment = files[i].segment else { continue }
      // The sealed one counts where both forms are there; it comes after the other one.
      if files[i].kind == .active,
        places.contains(where: {
          files[$0].kind == .sealed
            && files[$0].segment?.offsets.lowerBound == segment.offsets.lowerBound
        })
      {
        files[i].add(
          remark: "Its sealed form is there too, and counts: an interrupted seal")
        continue
      }
      let end = before?.offsets.upperBound ?? 0
      if segment.offsets.lowerBound != end {
        files[i].add(
          problem:
            "It begins at offset \(segment.offsets.lowerBound), and the events before it end "
            + "at \(end)")
      } else if let last = before == nil ? 0 : before?.lastFrame, segment.chain != last {
        files[i].add(
          problem: "Its chain is \(Self.hex(segment.chain)), and the segment before it ends with "
            + Self.hex(last), byte: 56)
      }
      before = segment
    }
    if let mark, let end = before?.offsets.upperBound, mark.end > end,
      let last = places.last, files[last].problems.isEmpty
    {
      files[last].add(
        problem: "The log was durable to offset \(mark.end), and its segments end at \(end)")
    }
  }
}

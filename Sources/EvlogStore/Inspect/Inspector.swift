public import SystemPackage

/// Explains files, by what is known of the log in which they lie, if they lie in one.
struct Inspector {
  let system: SystemCalls
  /// The log that the file belongs to by its place.
  let layout: StoreLayout?
  /// Its identity, where that can be read.
  let store: StoreID?
  let mark: DurableMark?

  /// For the files of a log.
  init(log: FilePath, system: SystemCalls) {
    self.system = system
    let layout = StoreLayout(root: log, system: system)
    self.layout = layout
    // Files are explained without their log too; what is wrong with these two is said where they are inspected.
    store = (try? layout.readIdentity())?.store
    let bytes = try? File(layout.durable, .read, system)
      .read(at: 0, count: DurableMark.byteCount)
    let mark = bytes.flatMap { DurableMark(decoding: $0) }
    self.mark = mark?.store == store ? mark : nil
  }

  /// For a file: the log is the nearest folder above that has an identity.
  init(file: FilePath, system: SystemCalls) {
    var folder = file
    for _ in 0..<4 where !folder.isEmpty {
      folder = folder.removingLastComponent()
      let root: FilePath = folder.isEmpty ? "." : folder
      // A folder that cannot be listed may or may not be a log.
      if (try? system.exists(root.appending("EVLOG"))) == true {
        self.init(log: root, system: system)
        return
      }
    }
    self.init(system: system)
  }

  private init(system: SystemCalls) {
    self.system = system
    (layout, store, mark) = (nil, nil, nil)
  }

  /// Explains a file: all of it, or only what is quickly said.
  func inspect(_ path: FilePath, isBrief: Bool = false) throws(EventLogError) -> FileInspection {
    let file = try File(path, .read, system)
    let size = try file.size()
    let front = try file.read(at: 0, count: SegmentHeader.byteCount)
    var inspection = FileInspection(file: path, kind: kind(path, front), byteCount: size)
    switch inspection.kind {
    case .active: try inspectActive(file, size, isBrief: isBrief, &inspection)
    case .sealed: try inspectSealed(file, size, isBrief: isBrief, &inspection)
    case .identity: try inspectIdentity(file, size, &inspection)
    case .durable: inspectDurable(front, &inspection)
    case .lock: try inspectLock(file, &inspection)
    case .torn: try inspectTorn(file, size, &inspection)
    case .truncation: try inspectTruncation(file, &inspection)
    case .spare: inspection.add(remark: "Zeros on disk, kept ready for a segment to come", byte: 0)
    case .snapshot: try inspectCache(file, size, "EVLOGSNP", "saved state", &inspection)
    case .writes: try inspectWrites(file, size, &inspection)
    case .verdicts: try inspectCache(file, size, "EVLOGVRD", "verdicts", &inspection)
    case .unknown:
      inspection.add(problem: "This is not a file that evlog makes, by its name or by its bytes")
    }
    return inspection
  }

  /// What a file is: by its first bytes, or by its name where they say nothing.
  private func kind(_ path: FilePath, _ front: [UInt8]) -> FileInspection.Kind {
    // A spare may have the header of the segment that it was about to become.
    if path.extension == "spare" || path.extension == "zeros" { return .spare }
    if front.starts(with: SegmentHeader.magic), front.count > 12 {
      switch front[12] {
      case SegmentHeader.Kind.active.rawValue: return .active
      case SegmentHeader.Kind.sealed.rawValue: return .sealed
      default: break
      }
    }
    if front.starts(with: DurableMark.magic) { return .durable }
    if front.starts(with: "EVLOGSNP".utf8) { return .snapshot }
    if front.starts(with: "EVLOGVRD".utf8) { return .verdicts }
    if front.starts(with: "EVLOGWRT".utf8) { return .writes }
    let name = path.lastComponent
    if name?.stem == "TRUNCATE" { return .truncation }
    if front.starts(with: "EVLOG ".utf8) { return .identity }
    switch name?.string {
    case "EVLOG", "EVLOG.tmp": return .identity
    case "LOCK": return .lock
    case "DURABLE": return .durable
    default: break
    }
    switch name?.extension {
    case "active": return .active
    case "sealed": return .sealed
    case "torn": return .torn
    case "snapshot": return .snapshot
    case "verdicts": return .verdicts
    case "writes": return .writes
    default: return .unknown
    }
  }
}

extension EventLog {
  /// Explains one file of a log: its fields with their positions, its frames or blocks, its index.
  ///
  /// Throws only if the file cannot be read at all; whatever is wrong inside it is in the answer. If it lies in
  /// a log, the log's identity, mark and other segments are examined to say whether it belongs there.
  public static func inspect(file: FilePath, options: Options = Options()) throws(EventLogError)
    -> FileInspection
  {
    try Inspector(file: file, system: options.system).inspect(file)
  }

  /// Explains the files of a log briefly: only the ends of sealed segments are read.
  ///
  /// Throws `notFound` and `notAStore` if there is no log; damage is in the answer.
  public static func inspect(log: FilePath, options: Options = Options()) throws(EventLogError)
    -> [FileInspection]
  {
    let inspector = Inspector(log: log, system: options.system)
    return try inspector.inspectAll()
  }

  /// Explains one frame or block of a segment's file; nil if the file has fewer.
  public static func inspect(chunk number: Int, of file: FilePath, options: Options = Options())
    throws(EventLogError) -> ChunkInspection?
  {
    let inspector = Inspector(file: file, system: options.system)
    let inspection = try inspector.inspect(file)
    guard inspection.chunks.indices.contains(number) else { return nil }
    return try inspector.inspect(chunk: number, of: inspection)
  }

  /// Explains the frame or block of a segment's file that holds an event; nil if none does.
  public static func inspect(offset: Offset, of file: FilePath, options: Options = Options())
    throws(EventLogError) -> ChunkInspection?
  {
    let inspector = Inspector(file: file, system: options.system)
    let inspection = try inspector.inspect(file)
    let number = inspection.chunks.firstIndex { $0.offsets?.contains(offset) == true }
    return try number.map { n throws(EventLogError) in
      try inspector.inspect(chunk: n, of: inspection)
    }
  }
}

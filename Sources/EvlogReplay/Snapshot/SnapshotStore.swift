public import EvlogMachine
public import EvlogStore

/// The snapshots of a log or a group of logs: files in a folder of their own. All of them may be deleted at any
/// time.
public struct SnapshotStore: Sendable {
  static let suffix = ".snapshot"

  /// The history that they belong to.
  public var history: any History { cached }
  let cached: any CachedHistory
  package let files: SideFolder

  /// The snapshots in a log's folder `snapshots`.
  public init(log: EventLog) { (cached, files) = (log, log.caches) }

  /// The snapshots of any history; nil if it has no place for them.
  public init?(of history: any History) {
    guard let cached = history as? any CachedHistory, let files = cached.cacheFolder else {
      return nil
    }
    (self.cached, self.files) = (cached, files)
  }

  /// The history and the folder, for the header of a file.
  package var historyID: String { history.historyID ?? "" }

  package func digest(at cut: Cut) throws -> Digest { try history.digest(at: cut) }

  package var end: Cut { history.end }

  /// The name of the folder, where something is wrong with it.
  package var folderName: String { files.name }

  /// The file of a snapshot, by its name alone.
  public struct Entry: Sendable, Hashable {
    /// The file's name in the folder of snapshots.
    public let fileName: String
    /// The cut of its state, from its name.
    public let cut: Cut
    let name: CacheName

    init?(fileName: String) {
      guard let name = CacheName(fileName, suffix: SnapshotStore.suffix) else { return nil }
      self.fileName = fileName
      self.name = name
      cut = name.cut
    }
  }

  /// Every file that has a snapshot's name, the lowest cut first.
  public func entries() throws(EventLogError) -> [Entry] {
    try files.names().compactMap(Entry.init).sorted {
      ($0.cut, $0.fileName) < ($1.cut, $1.fileName)
    }
  }

  /// The snapshots that were made with this very machine.
  public func entries(of machine: MachineDescriptor) throws(EventLogError) -> [Entry] {
    guard machine.unidentified == nil else { return [] }
    return try entries().filter { $0.name.belongs(to: machine.fingerprint) }
  }

  /// Reads a snapshot, whatever machine and log it belongs to. Throws `Unusable` with the reason.
  public func read(_ entry: Entry) throws -> Snapshot {
    try Snapshot(decoding: try files.read(entry.fileName))
  }

  /// A saved file that was not used, and why.
  public struct Ignored: Codable, Sendable, Hashable {
    /// Why a saved file cannot be used.
    public enum Cause: String, Codable, Sendable, Hashable, CaseIterable {
      /// It is whole, but of another machine, of other events, or in another format.
      case mismatch
      /// It is damaged, or could not be read.
      case unreadable
    }

    /// What a saved file holds.
    public enum Content: String, Codable, Sendable, Hashable, CaseIterable {
      case states, verdicts, runs, writes
    }

    /// The file's name in the folder of snapshots.
    public let fileName: String
    /// What the file holds.
    public let content: Content
    /// Why it was not used, as a value.
    public let cause: Cause
    /// Why it was not used, in words.
    public let reason: String

    private enum CodingKeys: String, CodingKey {
      case fileName = "file"
      case content, cause, reason
    }

    package init(_ content: Content, fileName: String, _ error: any Error) {
      self.fileName = fileName
      self.content = content
      cause = (error as? Unusable)?.cause ?? .unreadable
      reason = "\(error)"
    }
  }

  /// The snapshots of a machine up to a cut that can be trusted, the lowest cut first.
  ///
  /// What does not match (another log, another history, damage) is left out, with the reason.
  /// Of many, some are taken at even distances; of one alone, the last that is usable. `known` are those
  /// of the machine, where they are known.
  package func usable(
    for machine: MachineDescriptor, to cut: Cut, atMost count: Int, among known: [Entry]? = nil
  ) -> (snapshots: [Snapshot], ignored: [Ignored]) {
    var found: [Snapshot] = []
    var ignored: [Ignored] = []
    var entries = known ?? []
    do { if known == nil { entries = try self.entries(of: machine) } } catch {
      return ([], [Ignored(.states, fileName: folderName, error)])
    }
    entries.removeAll { $0.cut > cut }
    if count > 1, entries.count > count {
      entries = (0..<count).map { entries[$0 * entries.count / count] }
    }
    for entry in entries.reversed() {
      do {
        let snapshot = try read(entry)
        guard snapshot.fingerprint == machine.fingerprint, snapshot.cut == entry.cut else {
          throw Unusable("it belongs to another machine or cut", .mismatch)
        }
        guard try snapshot.logDigest == digest(at: snapshot.cut) else {
          throw Unusable("it was made of other events than the log has", .mismatch)
        }
        found.append(snapshot)
        if found.count == count { break }
      } catch {
        ignored.append(Ignored(.states, fileName: entry.fileName, error))
      }
    }
    return (found.reversed(), ignored)
  }

  /// Saves an execution's state at a cut.
  @discardableResult
  public func save(_ execution: any Host, of machine: MachineDescriptor, at cut: Cut) throws
    -> Entry
  {
    if let reason = machine.unidentified {
      throw Unusable.unidentified(machine, reason)
    }
    let snapshot = Snapshot(
      log: historyID, machine: machine.name, version: machine.version,
      scope: machine.scope, fingerprint: machine.fingerprint, cut: cut,
      stateDigest: try execution.wholeDigest(machine.scope),
      logDigest: try digest(at: cut), createdAt: .now(), saved: try execution.save())
    let fileName = machine.cacheName(machine.fingerprint, at: cut) + Self.suffix
    try files.write(snapshot.encoded(), fileName)
    guard let entry = Entry(fileName: fileName) else {
      throw Unusable("it has no usable name")
    }
    return entry
  }

  /// Removes a snapshot. Answers stay the same; the next one may take longer.
  public func drop(_ entry: Entry) throws(EventLogError) {
    try files.remove(entry.fileName)
  }

  /// Removes the other caches, of all machines: the verdicts of scans, indexes of writes, and unfinished files
  /// of killed processes. Returns the number of files.
  @discardableResult
  public func dropOtherCaches() throws(EventLogError) -> Int {
    let names = try files.names().filter { name in
      [CacheName.verdicts, CacheName.runs, CacheName.writes].contains { name.hasSuffix($0) }
    }
    for name in names { try files.remove(name) }
    return try names.count + files.removeUnfinished()
  }
}

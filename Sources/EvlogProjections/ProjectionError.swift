public import EvlogStore
public import SystemPackage

/// Why a projection cannot go on.
public enum ProjectionError: Error, Sendable {
  /// The handler failed at an event; everything before the event is applied.
  case failed(ProjectionFailure)
  /// Another projector works on the same tables.
  case inUse(folder: FilePath)
  /// The tables were made by another projection, or by another version of this one.
  case otherVersion(found: String, wanted: String, folder: FilePath)
  /// The tables were made by another text of the same projection and version.
  case otherText(String, folder: FilePath)
  /// The tables were made from events that the log does not have.
  case otherLog(String, folder: FilePath)
  /// Another projector moved the position while a batch was applied; nothing of the batch is kept.
  case overtaken(position: Cut)
  /// The events are not those of a log on disk, so the tables need a folder that is named.
  case needsFolder
  /// Turns can be appended to a log only.
  case needsLog
  /// There are no tables yet.
  case notBuilt(folder: FilePath)
  /// A rebuilt projection is not what it must be; the old one is still in use.
  case notVerified(String)
  /// The position was not reached in time.
  case timedOut(position: Cut, reached: Cut)
  /// The file of the tables is not what was written.
  case damaged(FilePath, String)
  /// The tables could not be read or written: the disk is full, or access is denied.
  case storage(FilePath, String)
  /// The new file already exists.
  case fileExists(FilePath)
  /// There is no such failure to retry.
  case noFailure(String)
}

extension ProjectionError {
  /// What to do about tables that cannot be used.
  public enum Advice: Sendable, Hashable, CustomStringConvertible {
    /// Rebuilding them.
    case rebuild
    /// Rebuilding them, or undoing the edit of the projection's text.
    case rebuildOrUndo
    /// Rebuilding them, or using another folder.
    case rebuildOrMove

    public var description: String {
      switch self {
      case .rebuild: "Rebuild them; until then, readers see the old ones."
      case .rebuildOrUndo: "Rebuild them, preferably with a higher version, or undo the edit."
      case .rebuildOrMove: "Rebuild them, or choose another folder."
      }
    }
  }

  /// What to do next, in a form that a program can put into its own words.
  public var advice: Advice? {
    switch self {
    case .otherVersion: .rebuild
    case .otherText: .rebuildOrUndo
    case .otherLog: .rebuildOrMove
    default: nil
    }
  }

  /// What is wrong, and where, without the ``advice``.
  public var problem: String {
    switch self {
    case .failed(let failure):
      "\(failure) Everything before it is applied. Fix the handler and run it again, or choose "
        + "another policy: skip, or quarantine of the stream."
    case .inUse(let folder):
      "Another projector is at work in \(folder). There can be one at a time; readers are not "
        + "concerned."
    case .otherVersion(let found, let wanted, let folder):
      "The tables in \(folder) are of \(found), not of \(wanted)."
    case .otherText(let projection, let folder):
      "The tables in \(folder) were made by another text of \(projection): it was edited since, and "
        + "its version is the same."
    case .otherLog(let reason, let folder):
      "The tables in \(folder) do not belong to this log: \(reason)."
    case .overtaken(let position):
      "Another projector has moved the position from \(position). Nothing of this batch was kept."
    case .needsFolder:
      "The events are not in a log on disk: name a folder for the tables."
    case .needsLog: "Turns can be appended to a log only, and these events are of another history."
    case .notBuilt(let folder):
      "There are no tables in \(folder) yet. Run the projection first."
    case .notVerified(let reason):
      "The rebuilt tables are not used: \(reason). The old ones still are."
    case .timedOut(let position, let reached):
      "Position \(position) was not reached in time; the projection is at \(reached)."
    case .damaged(let file, let reason):
      "The tables in \(file) are damaged: \(reason). Rebuild them from the log."
    case .storage(let file, let reason):
      "\(file) could not be used: \(reason). Nothing is lost: the tables are as the last transaction "
        + "left them, and the log is not affected. Make room, or check the folder's permissions, and "
        + "run it again: it continues from there."
    case .fileExists(let file): "There is already a file \(file). Choose another name."
    case .noFailure(let what): "There is nothing to retry: \(what)."
    }
  }
}

extension ProjectionError: CustomStringConvertible {
  public var description: String { problem + (advice.map { " \($0)" } ?? "") }
}

/// An event that a projection could not apply.
public struct ProjectionFailure: Sendable, Hashable {
  /// The position of the event in the log.
  public var offset: Offset
  /// The stream of the event.
  public var stream: String
  /// The type of the event, as the log has it.
  public var type: String
  /// The error's text.
  public var message: String
  /// How often the event was tried in all.
  public var attempts: Int
  /// What was done about it.
  public var outcome: FailurePolicy.Outcome
  /// The time of the last failure.
  public var failedAt: Timestamp

  package init(
    _ event: RecordedEvent, _ error: any Error, attempts: Int = 1,
    outcome: FailurePolicy.Outcome = .stop
  ) {
    self.init(
      offset: event.offset, stream: event.stream, type: event.type, message: "\(error)",
      attempts: attempts, outcome: outcome, failedAt: .now())
  }

  init(
    offset: Offset, stream: String, type: String, message: String, attempts: Int,
    outcome: FailurePolicy.Outcome, failedAt: Timestamp
  ) {
    self.offset = offset
    self.stream = stream
    self.type = type
    self.message = message
    self.attempts = attempts
    self.outcome = outcome
    self.failedAt = failedAt
  }
}

extension ProjectionFailure: CustomStringConvertible {
  public var description: String {
    "The projection failed at offset \(offset), \(type) of stream '\(stream)'"
      + (attempts > 1 ? ", \(attempts) times" : "") + ": \(message)."
  }
}

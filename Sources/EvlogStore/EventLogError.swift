public import EvlogContracts
public import SystemPackage

/// A failure of the log: what is wrong, where, and what to do about it.
///
/// The description is a sentence for a person; `code` is for a program.
public struct EventLogError: Error, Sendable, Hashable {
  /// What kind of failure this is. More may be added without a source break.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    enum Storage: String {
      case notFound, alreadyExists, notAStore, newerFormat, olderFormat, locked, interrupted
      case readOnly, closed, poisoned, unannounced
      case damaged, foreign, diskFull, ioFailed, tooLarge, invalidEvent
      case wrongExpectedRevision, turnConflict, contractBroken, invalidCut, diverged
    }
    let storage: Storage

    /// There is no log at the path.
    public static let notFound: Code = .init(storage: .notFound)
    /// There is already a log at the path.
    public static let alreadyExists: Code = .init(storage: .alreadyExists)
    /// The path holds something that is not a log.
    public static let notAStore: Code = .init(storage: .notAStore)
    /// A later version of evlog wrote this, and this version cannot read it.
    public static let newerFormat: Code = .init(storage: .newerFormat)
    /// An earlier version of evlog wrote this, in a format that is no longer read.
    public static let olderFormat: Code = .init(storage: .olderFormat)
    /// Another process is writing to the log, or this one already has it open for writing.
    public static let locked: Code = .init(storage: .locked)
    /// A change of the whole log was interrupted; opening it for writing finishes the change.
    public static let interrupted: Code = .init(storage: .interrupted)
    /// The log was opened for reading.
    public static let readOnly: Code = .init(storage: .readOnly)
    /// The log was closed.
    public static let closed: Code = .init(storage: .closed)
    /// An earlier write or sync failed, so the writer accepts nothing more until the log is reopened.
    public static let poisoned: Code = .init(storage: .poisoned)
    /// The turn is on disk, but cannot be announced to readers before the log is opened for writing again.
    public static let unannounced: Code = .init(storage: .unannounced)
    /// Acknowledged bytes are not what was written.
    public static let damaged: Code = .init(storage: .damaged)
    /// A file belongs to another log.
    public static let foreign: Code = .init(storage: .foreign)
    /// The disk is full; nothing was written.
    public static let diskFull: Code = .init(storage: .diskFull)
    /// A system call failed.
    public static let ioFailed: Code = .init(storage: .ioFailed)
    /// A limit in ``Limits`` was exceeded; nothing was written.
    public static let tooLarge: Code = .init(storage: .tooLarge)
    /// An event is malformed: an empty name, a negative version.
    public static let invalidEvent: Code = .init(storage: .invalidEvent)
    /// A stream is not at the revision that the turn expected; nothing was written.
    public static let wrongExpectedRevision: Code = .init(storage: .wrongExpectedRevision)
    /// The log holds a turn with this id and other content.
    public static let turnConflict: Code = .init(storage: .turnConflict)
    /// An event is not what the log's contract says; see ``EventLogError/refusal``. Nothing was written.
    public static let contractBroken: Code = .init(storage: .contractBroken)

    /// The log cannot be cut there, or the given count is wrong; nothing was changed.
    public static let invalidCut: Code = .init(storage: .invalidCut)

    /// A supposed copy of a log, or beginning of one, is not one; nothing was changed.
    public static let diverged: Code = .init(storage: .diverged)

    public var description: String { storage.rawValue }
  }

  /// The kind of failure, for a program to act on.
  public let code: Code
  /// What is wrong, without the place.
  public let message: String
  /// The file concerned.
  public var file: FilePath?
  /// The position in that file, in bytes.
  public var byte: UInt64?
  /// The events concerned.
  public var offsets: Range<Offset>?
  /// The system's error.
  public var errno: Errno?
  /// If an event breaks the log's contract: where, what is there, and what must be.
  public var refusal: Refusal?
  /// What to do next.
  public var advice: Advice<Remedy>?

  init(
    _ code: Code, _ message: String, file: FilePath? = nil, byte: UInt64? = nil,
    offsets: Range<Offset>? = nil, errno: Errno? = nil, advice: Advice<Remedy>? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.byte = byte
    self.offsets = offsets
    self.errno = errno
    self.advice = advice
  }

  static func damaged(
    _ message: String, file: FilePath?, byte: UInt64? = nil, offsets: Range<Offset>? = nil
  ) -> EventLogError {
    EventLogError(
      .damaged, message, file: file, byte: byte, offsets: offsets,
      advice: Advice(
        "Nothing was changed. Restore the file from a backup; what is intact can still be read",
        .readIntact))
  }
}

extension EventLogError: CustomStringConvertible {
  public var description: String {
    var text = message
    var place: [String] = []
    if let file { place.append(file.string) }
    if let byte { place.append("byte \(byte)") }
    if let offsets {
      place.append(
        offsets.count == 1
          ? "offset \(offsets.lowerBound)"
          : "offsets \(offsets.lowerBound)..<\(offsets.upperBound)")
    }
    if !place.isEmpty { text += " (" + place.joined(separator: ", ") + ")" }
    if let errno { text += ": \(errno)" }
    if let last = text.last, !".!?".contains(last) { text += "." }
    if let advice { text += " \(advice)" }
    return text
  }
}

public import SystemPackage

extension EventLogError {
  /// A remedy by the log's own calls. More may be added.
  public enum Remedy: Sendable, Hashable, CustomStringConvertible {
    /// Making a log; nil if the path is taken.
    case create(FilePath?)
    /// Reading the events before and after the damage.
    case readIntact
    /// Looking at what a repair would do.
    case planRepair(FilePath)
    /// Repairing what can be repaired without losing events.
    case repair(FilePath)
    /// Looking at what would go if the log ended at a cut.
    case planTruncation(FilePath, to: Cut)
    /// Reading the contract that the log has.
    case showContract(FilePath)

    public var description: String {
      switch self {
      case .create: ": EventLog.create."
      case .readIntact: ", by its offsets."
      case .planRepair: ": EventLog.planRepair."
      case .repair: ": EventLog.repair."
      case .planTruncation: ": EventLog.planTruncation."
      case .showContract: ": EventLog.contract."
      }
    }
  }
}

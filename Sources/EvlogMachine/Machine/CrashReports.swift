import CEvlog

/// The report of a process when a compiled machine traps: the machine's name, and the event.
///
/// A trap, for example an overflow or an index out of range, cannot be caught, and the system's report of it
/// does not know events. evlog installs no signal handlers by itself, because they belong to the process. A
/// program that wants the report asks for it once, when it starts:
///
///     CrashReports.install(program: "shop")
///     // shop: machine 'Shop' trapped while it reduced the event at offset 4711.
public enum CrashReports {
  /// Stands for the event's offset in the advice.
  public static let offset: String = "{offset}"

  /// Takes the signals of traps (`SIGILL`, `SIGTRAP`, `SIGFPE`, `SIGSEGV`, `SIGBUS`, `SIGABRT`), so that a trap
  /// in a compiled machine is reported on standard error.
  ///
  /// Afterwards, and for every trap elsewhere, the signal goes to the handlers that were there before, so
  /// install those first. A second call changes only the words. Call it before machines run in other threads.
  ///
  /// - Parameters:
  ///   - program: What the line begins with.
  ///   - advice: A second line, in which ``offset`` stands for the event's.
  public static func install(program: String = "evlog", advice: String = "") {
    let parts = advice.split(separator: offset, maxSplits: 1, omittingEmptySubsequences: false)
    unsafe program.withCString { program in
      unsafe String(parts[0]).withCString { before in
        unsafe String(parts.count > 1 ? parts[1] : "").withCString { after in
          unsafe evlog_crash_note_install(program, before, after)
        }
      }
    }
  }
}

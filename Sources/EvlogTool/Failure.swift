import ArgumentParser
import EvlogAnswers
import EvlogContracts
import EvlogCuts
import EvlogEngines
import EvlogForensics
import EvlogJSON
import EvlogMachine
import EvlogProjections
import EvlogReplay
import EvlogSources
import EvlogStore
import GRDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An error of the command line's own, with its exit code.
package struct Failure: Error, CustomStringConvertible {
  let status: ExitStatus
  package let description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }

  static func usage(_ description: String) -> Failure { Failure(.usage, description) }

  /// Says what went wrong on standard error, and ends the process with the code for it.
  static func report(_ error: any Error, ofOwnVerb isOwn: Bool = false) -> Never {
    switch error {
    case let error as Failure:
      if !error.description.isEmpty { say(error.description) }
      error.status.exit()
    case let error as EventLogError:
      say(Words.error(error))
      status(of: error).exit()
    case let error as SourceError:
      say(Words.error(error))
      status(of: error).exit()
    case let error as EngineError:
      say(error.description)
      MirrorText.status(of: error).exit()
    case let error as MachineError:
      say(Words.error(error))
      (error.kind == .invalid ? ExitStatus.usage : .inconclusive).exit()
    case let error as CausalityError:
      say(error.description)
      status(of: error).exit()
    case is Replayer.CutBeyondEnd, is InvalidEdit, is InvestigationError, is StatePath.Malformed,
      is ContractError:
      say(Words.error(error))
      ExitStatus.usage.exit()
    case let error as ProjectionError:
      if case .failed = error {
        say("\(error) For that: --on-failure skip, or --on-failure quarantine.")
      } else {
        say(Words.error(error))
      }
      status(of: error).exit()
    case let error as SQLProjectionError:
      say(error.description)
      ExitStatus.usage.exit()
    case let error as SQLRefused:
      say("SQL: \(error).")
      ExitStatus.usage.exit()
    case let error as SQLTookTooLong:
      say("\(error). To give it more: --seconds.")
      ExitStatus.inconclusive.exit()
    case let error as DatabaseError:
      let message = error.message ?? error.description
      let hint =
        if message.hasPrefix("no such table") {
          ". Events are the table 'events'; to see more: \(EvlogTool.name) help query"
        } else if error.resultCode == .SQLITE_FULL {
          ". It sorts with temporary files: make room in /var/tmp, or name another "
            + "folder with SQLITE_TMPDIR. Nothing was changed."
        } else {
          ""
        }
      say("SQLite: \(message)\(hint)")
      (error.isOfStorage ? ExitStatus.failed : .usage).exit()
    case let code as ExitCode: EvlogCommand.exit(withError: code)
    case is CancellationError: ExitStatus.failed.exit()
    default: reportParsing(error, isOwn)
    }
  }

  /// Says what went wrong, and ends the process while other threads go on.
  static func endNow(_ error: MachineError) -> Never {
    Output.standard.flush()
    say(Words.error(error))
    _exit(ExitStatus.inconclusive.rawValue)
  }

  private static func reportParsing(_ error: any Error, _ isOwn: Bool) -> Never {
    let code = EvlogCommand.exitCode(for: error)
    if code == .success { EvlogCommand.exit(withError: error) }
    if code == .validationFailure {
      // What follows the message is our own, and stands as it is.
      let (message, whole) = (
        "Error: " + EvlogCommand.message(for: error), EvlogCommand.fullMessage(for: error)
      )
      if whole.hasPrefix(message + "\n") {
        Output.error.error(message)
        for line in whole.dropFirst(message.count + 1).split(
          separator: "\n", omittingEmptySubsequences: false)
        {
          Output.error.line(String(line))
        }
        Output.error.flush()
      } else {
        Output.error.error(whole)
      }
      ExitStatus.usage.exit()
    }
    say("\(error)")
    (isOwn ? ExitStatus.found : .failed).exit()
  }

  private static func status(of error: EventLogError) -> ExitStatus {
    switch error.code {
    case .damaged, .foreign: .damagedLog
    case .notFound, .notAStore, .alreadyExists, .tooLarge, .invalidEvent, .readOnly, .invalidCut,
      .diverged, .contractBroken:
      .usage
    case .wrongExpectedRevision, .turnConflict: .found
    default: .failed
    }
  }

  private static func status(of error: CausalityError) -> ExitStatus {
    switch error.code {
    case .invalidName, .invalidCut, .invalidGroup, .invalidField, .tooLarge, .unknownEvent: .usage
    default: .inconsistentCut
    }
  }

  private static func status(of error: SourceError) -> ExitStatus {
    if case .notRead = error.problem { .failed } else { .usage }
  }

  private static func status(of error: ProjectionError) -> ExitStatus {
    switch error {
    case .failed: .inconclusive
    case .otherVersion, .otherText, .otherLog, .notBuilt, .fileExists, .noFailure, .needsFolder,
      .needsLog:
      .usage
    case .notVerified: .found
    case .damaged: .damagedLog
    case .inUse, .overtaken, .timedOut, .storage: .failed
    }
  }

  private static func say(_ text: String) {
    Output.error.error("\(EvlogTool.name): \(text)")
  }
}

import EvlogAnswers
import EvlogMachine
import EvlogProjections
import EvlogSources
import EvlogStore
import SystemPackage

extension Words {
  /// An error in this command's words: what the libraries advise is done by its verbs and options.
  static func error(_ error: any Error) -> String {
    switch error {
    case let error as EventLogError where error.code == .notAStore && isGroup(error.file):
      return "\(error.file?.string ?? "") is a group of logs, and this verb is about one log. "
        + "Name one of its logs."
    case var error as EventLogError:
      error.advice = error.advice?.saying(verb)
      return error.description
    case var error as MachineError:
      error.advice = error.advice?.saying(option)
      return error.description
    case let error as ProjectionError:
      return error.problem + (error.advice.map { " \(advice($0))" } ?? "")
    case let error as InvestigationError: return asked(error)
    case let error as SourceError: return source(error)
    default: return "\(error)"
    }
  }

  static func isGroup(_ path: FilePath?) -> Bool {
    guard let path else { return false }
    // What cannot be read, or is not the file of a group, is what the error says.
    return (try? GroupArguments.file(path.string)) != nil
  }

  private static func asked(_ error: InvestigationError) -> String {
    switch error {
    case .hasNoKeys:
      "--key is for machines with a state per stream or key; this one has a single state. Leave it out."
    case .needsKey(_, let scope):
      "The machine has a state per \(scope.rawValue): choose one with --key."
    case .noInvariants:
      "\(error) Add one to it, or give a condition: --expr 'state.total >= 0'."
    case .noEvent(let offset, let end):
      "There is no event at offset \(offset): the log has \(count(end, "event"))."
    case .notBefore(let offset, _):
      "\(String("\(error)".dropLast())): leave --to out, or say --to \(offset + 1)."
    case .notBroken: "\(error) To see which did: bisect."
    default: error.description
    }
  }

  private static func verb(_ remedy: EventLogError.Remedy) -> String {
    let name = EvlogTool.name
    return switch remedy {
    case .create(nil): ": \(name) init PATH."
    case .create(let path?): ": \(name) init \(shell(path.string))."
    case .readIntact: ", with --from and --to."
    case .planRepair(let path): ": \(name) repair \(shell(path.string))."
    case .repair(let path): ": \(name) repair \(shell(path.string)) --apply."
    case .planTruncation(let path, let cut):
      ": \(name) truncate \(shell(path.string)) --to \(cut)."
    case .showContract(let path): ": \(name) contract show \(shell(path.string))."
    }
  }

  private static func option(_ remedy: MachineError.Remedy) -> String {
    switch remedy {
    case .raiseBounds: "; the bounds are --handler-seconds and --memory-mib."
    case .readGuide: ": \(EvlogTool.name) help machine."
    case .nameFile: ": --machine shop.js."
    case .writeCondition: ": --expr 'state.total >= 0'."
    }
  }

  private static func advice(_ advice: ProjectionError.Advice) -> String {
    switch advice {
    case .rebuild:
      "Rebuild them ('project rebuild'); until then, readers see the old ones."
    case .rebuildOrUndo:
      "Rebuild them ('project rebuild'), preferably with a higher version, or undo the edit. To see what "
        + "the edited one makes as of a cut: 'query --at'."
    case .rebuildOrMove: "Rebuild them ('project rebuild'), or choose another folder."
    }
  }
}

import ArgumentParser
import EvlogCuts
import EvlogStore
import Synchronization
import SystemPackage

/// A group of logs on the command line. Wherever a log can be given, so can a group: by its file, or by several logs
/// as `orders=orders.evlog,payments=payments.evlog`. `--group FILE` and repeated `--log NAME=PATH` say the same.
enum GroupArguments {
  /// The command line with `--group` and `--log NAME=PATH` moved to where the log is given.
  static func moved(_ arguments: [String]) throws -> [String] {
    var rest: [String] = []
    var group: String?
    var logs: [String] = []
    var words = arguments[...]
    while let word = words.popFirst() {
      // Everything behind these belongs to another command.
      if word == "--" || word == "--run" {
        rest += [word] + words
        break
      }
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      let option = parts.first ?? ""
      guard ["--group", "--log"].contains(option) else {
        rest.append(word)
        continue
      }
      let value = parts.count == 2 ? parts[1] : words.first
      if option == "--group" {
        guard let value, group == nil else {
          throw Failure.usage("--group needs the file of one group, as in: --group shop.group")
        }
        group = value
      } else if let value, GroupFile.Entry(value) != nil, PathKind(value) == .nothing {
        logs.append(value)
      } else {
        // Some verbs have an option of that name.
        rest.append(word)
        continue
      }
      if parts.count == 1 { words.removeFirst() }
    }
    if group != nil, !logs.isEmpty { throw Failure.usage("Choose --group or --log NAME=PATH.") }
    guard let name = group ?? (logs.isEmpty ? nil : logs.joined(separator: ",")) else {
      return arguments
    }
    rest.insert(name, at: verbCount(rest))
    return rest
  }

  /// How many words name the verb.
  private static func verbCount(_ arguments: [String]) -> Int {
    var command: any ParsableCommand.Type = EvlogCommand.self
    var count = 0
    for word in arguments {
      guard
        let next = command.configuration.subcommands.first(where: { $0._commandName == word })
      else { break }
      command = next
      count += 1
    }
    return count
  }

  /// The group that a path names; nil if it does not name one.
  static func history(_ path: String) throws -> CausalHistory? {
    guard let (file, folder) = try file(path) else { return nil }
    let isFile = PathKind(path) == .file
    return try file.open(in: folder).history(caches: isFile ? FilePath(path) : nil) {
      Output.note($0)
    }
  }

  /// The file of a group, and its folder; nil if the path does not name one.
  static func file(_ path: String) throws -> (group: GroupFile, folder: FilePath)? {
    switch PathKind(path) {
    case .file:
      let bytes = try FileBytes(FilePath(path)).readFirst(1 << 20)
      do {
        return (try GroupFile(parsing: bytes), FilePath(path).removingLastComponent())
      } catch {
        throw Failure.usage(
          "\(path): \(error) A log is a folder. To make one of the events in a file: \(EvlogTool.name) import LOG "
            + Words.shell(path))
      }
    case .nothing where path.contains("="):
      let entries = try path.split(separator: ",").map { text in
        guard let entry = GroupFile.Entry(text) else {
          throw Failure.usage("'\(text)' is not a name and a log, as in orders=orders.evlog.")
        }
        return entry
      }
      return (GroupFile(entries), "")
    default: return nil
    }
  }
}

/// The group that a verb works on, for its words.
enum CurrentGroup {
  private static let history = Mutex<CausalHistory?>(nil)

  /// The group; nil for one log, and for an edited past of a group.
  static var current: CausalHistory? { history.withLock { $0 } }

  static func set(_ group: CausalHistory?) { history.withLock { $0 = group } }

  static func vector(_ cut: Cut) -> VectorCut? {
    current.flatMap { history in
      cut <= history.end ? history.order.vectorCut(at: cut) : nil
    }
  }

  static func words(_ cut: Cut) -> String? {
    vector(cut)?.description.replacing(",", with: " ")
  }

  static func words(_ offset: Offset) -> String? {
    current.flatMap { history in
      guard offset < history.end.offsetAfter else { return nil }
      let event = history.order[offset]
      return "\(history.causality.lines[event.line].name)@\(event.offset)"
    }
  }
}

extension HistoryOptions {
  /// The log, or the group in its causal order, which passes through a vector cut that is asked about.
  func history(passing cuts: CutArgument?...) throws -> any History {
    try Self.history(of: store, passing: cuts)
  }

  /// The same for verbs that need a log only sometimes.
  static func history(of store: String, passing cuts: [CutArgument?]) throws -> any History {
    guard let group = try GroupArguments.history(store) else {
      return try StoreOptions.openForReading(FilePath(store))
    }
    var history = group
    for case .vector(let cut)? in cuts { history = try history.passing(cut) }
    CurrentGroup.set(history)
    return history
  }

  /// The group; nil if it is a log.
  func group() throws -> CausalHistory? {
    try GroupArguments.history(store)
  }
}

import EvlogJSON
import EvlogMachine
import EvlogSources
import EvlogStore
import SystemPackage

/// The answers of a search by a command, in a file: a search that was broken off goes on from them.
final class AnswerLog {
  let known: [Cut: Verdict]
  private let name: String
  private let descriptor: FileDescriptor

  /// Reads the file if there is one, and is ready to add to it. Throws a usage failure where its answers
  /// are to another question.
  init(
    _ name: String, _ history: any History, machine: MachineDescriptor, command: [String],
    _ edits: EditArguments
  ) throws {
    self.name = name
    // Later events of a group may come before others in its order.
    let end = history is EventLog ? "" : " \(try history.digest(at: history.end))"
    var members: [(String, JSONValue)] = [
      ("log", .string((history.historyID ?? "") + end)),
      ("machine", .string("\(machine.fingerprint)")),
      ("command", .array(command.map { .string($0) })),
    ]
    if !edits.isEmpty {
      let words = edits.arguments.flatMap { [$0.option, $0.value] }
      members.append(("edits", .array(words.map { .string($0) })))
    }
    let header = JSONValue.object(members)
    var known: [Cut: Verdict] = [:]
    var hasHeader = false
    // What was being written when the search was killed does not count.
    var wholeBytes = 0
    switch PathKind(name) {
    case .nothing: break
    case .file:
      var lines = try InputLines(name)
      while let line = try lines.next() {
        guard let value = JSONValue(validating: line.bytes[...]) else { break }
        if !hasHeader {
          guard value == header else {
            throw Failure.usage(
              "\(name) has the answers of another search, with another log, machine or command. "
                + "Give --log another file.")
          }
          hasHeader = true
        } else if let cut = value["cut"]?.integer(Cut.self),
          let verdict = value["verdict"]?.stringValue.flatMap(Verdict.init(named:))
        {
          known[cut] = verdict
        } else {
          break
        }
        wholeBytes += line.bytes.count + 1
      }
      guard hasHeader || wholeBytes == 0 && lines.input.byteCount == 0 else {
        throw Failure.usage("\(name) is not a list of answers: --log does not overwrite it.")
      }
    case .folder, .special: throw Failure.usage("\(name) is not a file: --log needs one.")
    }
    self.known = known
    do {
      descriptor = try FileDescriptor.open(
        FilePath(name), .writeOnly, options: [.create],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try descriptor.resize(to: Int64(wholeBytes))
      try descriptor.seek(offset: 0, from: .end)
      if !hasHeader { try add(line: header) }
    } catch {
      throw Failure.usage("\(name) cannot be written: \(error)")
    }
  }

  // Each answer was written when it was given; a failing close loses none.
  deinit { try? descriptor.close() }

  func add(_ cut: Cut, _ verdict: Verdict) throws {
    guard known[cut] == nil else { return }
    try add(line: .object([("cut", .int(cut)), ("verdict", .string("\(verdict)"))]))
  }

  private func add(line: JSONValue) throws {
    do { try descriptor.writeAll(line.canonicalBytes + [0x0A]) } catch {
      throw Failure(.failed, "\(name) cannot be written: \(error)")
    }
  }
}

extension Verdict {
  fileprivate init?(named name: String) {
    guard let verdict = [Verdict.holds, .violated, .undefined].first(where: { "\($0)" == name })
    else { return nil }
    self = verdict
  }
}

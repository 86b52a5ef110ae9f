import EvlogSources
import EvlogStore

extension Words {
  /// Why an input cannot be imported, with the options that help.
  static func source(_ error: SourceError) -> String {
    switch error.problem {
    case .unknownField(let name):
      let name = TerminalText.shortened(name, to: 200)
      return "\(error.place): '\(name)' is not a field of an event. There are "
        + "\(EventLine.fieldList); to ignore it: --ignore-field \(name)"
    case .unmatched:
      return "\(error) To find other records: --parser REGEX; to pass over and count such text: "
        + "--skip-unmatched"
    case .noKey:
      return "\(error) To name its columns: --key COLUMN"
    case .brokenTransaction:
      return "\(error) To collect the events of each transaction until its end, wherever they are: "
        + "--collect-transactions; to leave what is not whole for a later import: --growing"
    case .noService:
      return "\(error.place): the resource has no service.name; to name one: --stream NAME"
    case .noStream:
      return "\(error.place): 'stream' is missing; to give one to every line: --stream NAME"
    case .ownName:
      return "\(error) If the lines are an export of a log: --own-events"
    case .unsettled:
      return "\(error) To wait longer: --wait SECONDS"
    case .notOpened, .notRead, .notWhole, .malformed: return error.description
    }
  }

  /// The same without the place where it is.
  static func reason(_ error: SourceError) -> String {
    let (text, place) = (source(error), error.place + ": ")
    return text.hasPrefix(place) ? String(text.dropFirst(place.count)) : text
  }
}

extension ImportReader {
  /// A line or row, with the name of the input.
  fileprivate func place(_ line: Int) -> String { "\(name), \(unit.rawValue) \(line)" }
}

extension ImportAnchor.Missing {
  func failure(of reader: ImportReader) -> Failure {
    .usage(
      "\(reader.name): the last row that was imported, \(position), is not there any more. Nothing was added. If it "
        + "is another table that only begins alike, give it a name, and all of it is added: --as NAME"
    )
  }
}

extension ImportAnchor.Moved {
  func failure(of reader: ImportReader) -> Failure {
    .usage("\(reader.name): another import added rows of it meanwhile. Run this one again.")
  }
}

extension RefusedEvent {
  func failure(of reader: ImportReader) -> Failure {
    .usage("\(reader.place(line)): \(Words.error(error))")
  }
}

extension TooLargeTurn {
  func failure(of reader: ImportReader) -> Failure {
    .usage(
      "\(reader.place(line)): the transaction is larger than a turn may be, which is "
        + "\(Words.bytes(Limits.turnBytes)).")
  }
}

extension DifferentCopy {
  func failure(of reader: ImportReader, log: String) -> Failure {
    let offset = difference.offset
    let new =
      name == nil
      ? "If it is another input that only begins alike, give it a name, and all of it is added"
      : "If it is another input, give it another name, and all of it is added"
    return .usage(
      "\(reader.place(line)): its \(difference.field) is not that of the event at offset \(offset), "
        + "which was imported from \(name.map { "'\($0)'" } ?? "an input that begins alike"). Nothing "
        + "was added. To see that event: \(EvlogTool.name) read \(Words.shell(log)) --from \(offset) "
        + "--limit 1. \(new): --as NAME")
  }
}

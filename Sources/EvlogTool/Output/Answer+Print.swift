import EvlogAnswers
import EvlogJSON

extension Answer {
  /// Prints the JSON: one object on one line.
  func print(to output: Output = .standard) throws {
    output.json(try shownJSON().canonicalBytes + [0x0A])
  }

  /// Prints the JSON if that was asked for, and otherwise the text that is made of the answer. The studio gets both.
  func print(asJSON isJSON: Bool, orText text: () throws -> Void) throws {
    if isJSON { return try print() }
    if StudioJob.isRunning {
      let json = try shownJSON()
      StudioJob.tell("answer", json)
    }
    try text()
  }

  func shownJSON() throws -> JSONValue {
    try CurrentGroup.current.map { try json(in: $0) } ?? json()
  }
}

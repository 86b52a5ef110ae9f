import EvlogAnswers
import EvlogJSON

extension Answer {
  /// Prints the JSON: one object on one line.
  func print(to output: Output = .standard) throws {
    output.json(try json().canonicalBytes + [0x0A])
  }
}

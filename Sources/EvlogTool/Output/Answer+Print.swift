import EvlogAnswers
import EvlogJSON

extension Answer {
  /// Prints the JSON: one object on one line.
  func print(to output: Output = .standard) throws {
    let json = try CurrentGroup.current.map { try self.json(in: $0) } ?? self.json()
    output.json(json.canonicalBytes + [0x0A])
  }
}

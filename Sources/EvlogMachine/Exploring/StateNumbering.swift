import EvlogCore
import EvlogJSON

/// Tells states apart by the numbers that a machine gives them, and looks at some of them whether it may.
final class StateNumbering<M: Machine> {
  private let number: @Sendable (M.State) -> UInt128
  private let machine: String
  private var asked = 0
  private var known: [UInt128: Digest] = [:]
  /// Of so many states it is checked that each number has one of them.
  private static var checkedCount: Int { 20_000 }

  init(_ number: @escaping @Sendable (M.State) -> UInt128, machine: String) {
    self.number = number
    self.machine = machine
  }

  /// Whether enough of them were looked at.
  var isChecked: Bool { asked >= Self.checkedCount }

  func digest(of state: M.State) throws(MachineError) -> Digest {
    let number = number(state)
    if asked < Self.checkedCount { try check(state, number) }
    return Digest(number: number)
  }

  private func check(_ state: M.State, _ number: UInt128) throws(MachineError) {
    asked += 1
    let digest: Digest
    do { digest = Digest(of: try StateEncoder().canonicalBytes(of: state)) } catch {
      throw MachineError(.badState, machine: machine, "The state cannot be encoded: \(error)")
    }
    guard known.updateValue(digest, forKey: number) ?? digest == digest else {
      throw MachineError(
        .invalid, machine: machine, "Two states have the number \(number)",
        handler: "exploration.number")
    }
  }
}

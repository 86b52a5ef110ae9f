import EvlogCore
import EvlogJSON
import EvlogMachine

extension Subject {
  /// What says of each event whether a condition holds; nil if there is no condition.
  ///
  /// The condition is run by a machine of its own, whose state is whether it held for the last event. An event for
  /// which it fails is not found.
  func predicate(_ source: String?) throws
    -> (@Sendable () throws -> (RecordedEvent) throws -> Bool)?
  {
    guard let source else { return nil }
    guard let condition = self.source.condition else {
      throw StudioError(400, "Conditions need a machine in JavaScript.")
    }
    let program = try condition(source)
    return {
      let host = try program.makeHost(HostSetup())
      let beginning = try host.checkpoint()
      return { event in
        do throws(MachineError) {
          try host.run([event], checks: false) { _ in }
          return try host.value(at: StatePath([.key("holds")]), of: nil) == .bool(true)
        } catch {
          try host.resume(from: beginning)
          return false
        }
      }
    }
  }
}

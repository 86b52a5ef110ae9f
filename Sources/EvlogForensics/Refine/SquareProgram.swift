import EvlogCore
import EvlogJSON
public import EvlogMachine

/// Two machines as one, with a single invariant: the newer machine's state, translated by its mapping, equals the older
/// machine's. So every question about a machine can find the events whose squares do not commute.
public struct SquareProgram: Program {
  /// The name of the invariant.
  public static let invariant = "refines"

  public let descriptor: MachineDescriptor
  private let new: any Program
  private let old: any Program
  private let mapping: any RefinementMapping

  /// Throws `invalid` if the two have states for different things.
  public init(_ new: any Program, refines old: any Program, by mapping: any RefinementMapping)
    throws(MachineError)
  {
    (self.new, self.old, self.mapping) = (new, old, mapping)
    let (newer, older) = (new.descriptor, old.descriptor)
    guard newer.scope == older.scope else {
      throw MachineError(
        .invalid, machine: newer.name,
        "It has a state for each \(newer.scope.rawValue), and '\(older.name)' for each "
          + "\(older.scope.rawValue): such states cannot be seen as each other's")
    }
    descriptor = MachineDescriptor(
      name: newer.name, version: newer.version, scope: newer.scope,
      code: newer.fingerprint.chained(with: Array("\(older.fingerprint)".utf8)),
      unidentified: "it is two machines, side by side",
      invariants: [InvariantDescriptor(name: Self.invariant, kind: .state, place: nil)],
      eventTypes: newer.eventTypes, declaresExploration: newer.declaresExploration)
  }

  public func makeExplorer(_ setup: ExplorerSetup) throws(MachineError) -> (any Explorer)? {
    var inner = setup
    inner.judged = []
    // A step that leads to a known state of the newer machine is a square like any other.
    inner.reportsAll = true
    guard let explorer = try new.makeExplorer(inner) else { return nil }
    return try square(explorer, setup)
  }

  private func square<E: Explorer>(_ explorer: E, _ setup: ExplorerSetup) throws(MachineError)
    -> any Explorer
  { try SquareExplorer(explorer, old, mapping, setup) }

  public func makeHost(_ setup: HostSetup) throws(MachineError) -> any Host {
    var inner = setup
    inner.judged = []
    return SquareHost(
      try new.makeHost(inner), try old.makeHost(inner), mapping, scope: descriptor.scope,
      events: try mapping.makeMapper(), judges: setup.judged?.contains(0) ?? true)
  }
}

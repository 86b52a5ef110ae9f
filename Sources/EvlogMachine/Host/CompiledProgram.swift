import CEvlog
public import EvlogContracts
import EvlogCore
import EvlogJSON

/// A machine written in Swift, for the engine.
public struct CompiledProgram<M: Machine>: Program {
  /// The machine that is run.
  public let machine: M
  /// The description of the machine, including the running code.
  public let descriptor: MachineDescriptor
  /// Where events can be decoded in blocks: how.
  private let blockReducer: BlockReducer<M>?

  public init(_ machine: M) { self.init(machine, blocks: nil) }

  /// A machine whose events are decoded in blocks, if it can do that.
  public init(_ machine: M, blocks blockReducer: BlockReducer<M>?) {
    self.machine = machine
    self.blockReducer = blockReducer
    let parts = MachineParts(of: machine)
    let exploration = machine.exploration
    descriptor = MachineDescriptor(
      name: machine.name, version: machine.version, scope: machine.scope.kind,
      code: RunningCode.digest.chained(with: Array(parts.text.utf8)),
      unidentified: parts.unidentified,
      invariants: machine.invariants.map(\.descriptor),
      regions: machine.regions?.declaration, logs: machine.logs,
      declaresExploration: exploration != nil, hasSymmetry: exploration?.symmetry != nil)
  }

  public var refines: (any RefinementMapping)? { machine.refines }

  public func makeHost(_ setup: HostSetup) -> any Host {
    CompiledHost(machine, setup, blockReducer)
  }

  public func makeExplorer(_ setup: ExplorerSetup) throws(MachineError) -> (any Explorer)? {
    try CompiledExplorer(machine, setup)
  }

  /// A host of all keys that judges every invariant.
  public func makeHost() -> any Host { makeHost(HostSetup()) }

  public var contract: Contract? { get throws { try machine.contract } }
}

extension Machine {
  /// The program that runs this machine.
  public var program: CompiledProgram<Self> { CompiledProgram(self) }
}

/// The code of compiled machines: the executable, and the libraries that are loaded.
enum RunningCode {
  /// Where the code is not known, no process takes another one's snapshots.
  private static let ofThisProcess = UInt64.random(in: .min ... .max)

  /// Changes with every build, so that a snapshot of yesterday's code is never taken for today's; and when a
  /// library is loaded, for a machine may be in it.
  static var digest: Digest {
    let code = evlog_running_code()
    return Digest(of: Array("\(code == 0 ? ofThisProcess : code)".utf8))
  }
}

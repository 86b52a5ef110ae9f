import CEvlog
import EvlogJSON
import EvlogStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A machine that is written in Swift, for the engine.
public struct CompiledProgram<M: Machine>: Program {
  /// The machine that is run.
  public let machine: M
  /// What is known of it from outside, the running executable included.
  public let descriptor: MachineDescriptor
  /// Where events can be decoded in blocks: how.
  private let blockReducer: BlockReducer<M>?

  public init(_ machine: M) { self.init(machine, blocks: nil) }

  /// A machine whose events are decoded in blocks, where there is a way to.
  public init(_ machine: M, blocks blockReducer: BlockReducer<M>?) {
    self.machine = machine
    self.blockReducer = blockReducer
    let parts = MachineParts(of: machine)
    descriptor = MachineDescriptor(
      name: machine.name, version: machine.version, scope: machine.scope.kind,
      code: Self.code(of: machine, parts), unidentified: parts.unidentified,
      invariants: machine.invariants.map(\.descriptor),
      regions: machine.regions?.declaration)
  }

  /// The running code, and the machine's own values: two machines of one type with other values are
  /// two.
  private static func code(of machine: M, _ parts: MachineParts) -> Digest {
    let value: JSONValue = .array([
      .string(machine.scope.kind.rawValue), .string(parts.text),
      // A state that cannot be encoded cannot be saved either, so that nothing is kept by this digest.
      (try? StateEncoder().encode(machine.initialState)) ?? .null,
      .array(machine.ignoredTypes.map(Name.init).sorted().map { .string($0.string) }),
      .array(
        machine.invariants.flatMap { [.string($0.name), .string($0.descriptor.kind.rawValue)] }),
    ])
    return RunningCode.digest.chained(with: value.canonicalBytes)
  }

  public func makeHost(_ setup: HostSetup) -> any Host {
    CompiledHost(machine, setup, blockReducer)
  }

  /// A host of all keys that judges every invariant.
  public func makeHost() -> any Host { makeHost(HostSetup()) }
}

extension Machine {
  /// This machine for the engine.
  public var program: CompiledProgram<Self> { CompiledProgram(self) }
}

/// What is known of the code of compiled machines: the executable they are in.
enum RunningCode {
  /// Changes with every build, so that a snapshot of yesterday's code is never taken for today's.
  static let digest: Digest = {
    #if os(Linux)
      var info = stat()
      if unsafe stat("/proc/self/exe", &info) == 0 {
        let text = "\(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec) \(info.st_mtim.tv_nsec)"
        return Digest(of: Array(text.utf8))
      }
    #endif
    // Not known here: no process takes another one's snapshots.
    return Digest(high: .random(in: .min ... .max), low: .random(in: .min ... .max))
  }()
}

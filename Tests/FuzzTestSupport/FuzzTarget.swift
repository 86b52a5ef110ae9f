/// Something that reads bytes which others may have written, and what must be true of it whatever
/// the bytes are.
///
/// libFuzzer looks for bytes with which it is not (`Tools/fuzz`); those that were interesting are
/// kept in `Fixtures/fuzz`, and every run of the tests tries them again.
package struct FuzzTarget: Sendable {
  package let name: String
  /// What there is to begin with.
  package let seeds: @Sendable () -> [[UInt8]]
  /// Throws a ``FuzzFinding`` where something is wrong.
  package let examine: @Sendable ([UInt8]) throws -> Void

  package static let all: [FuzzTarget] = [
    FuzzTarget(name: "active", seeds: StoreTarget.activeSeeds, examine: StoreTarget.active),
    FuzzTarget(name: "sealed", seeds: StoreTarget.sealedSeeds, examine: StoreTarget.sealed),
    FuzzTarget(name: "index", seeds: { [[0]] }, examine: StoreTarget.index),
    FuzzTarget(name: "identity", seeds: StoreTarget.identitySeeds, examine: StoreTarget.identity),
    FuzzTarget(name: "snapshot", seeds: SnapshotTarget.seeds, examine: SnapshotTarget.examine),
    FuzzTarget(name: "lines", seeds: LineTarget.seeds, examine: LineTarget.examine),
    FuzzTarget(name: "formats", seeds: FormatTarget.seeds, examine: FormatTarget.examine),
  ]

  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// What is wrong, in words.
package struct FuzzFinding: Error, CustomStringConvertible {
  package let description: String
}

/// Throws a finding where a condition does not hold.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw FuzzFinding(description: what()) }
}

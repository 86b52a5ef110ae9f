import Evlog

/// A machine as a few lines of text, for those who would rather not write code:
///
///     machine show 1
///     scope stream
///     start left 0, sold 0
///     on ShowOpened: left + seats
///     on SeatsReserved: left - seats, sold + seats
///     ignore CustomerForgotten
///     always never oversold: left >= 0
///
/// A state is numbers by name. A handler adds numbers of the event's data to them or subtracts them.
public struct Rules: Program {
  struct Malformed: Error, CustomStringConvertible { let description: String }

  struct Change: Sendable { let name, sign, field: String }

  struct Invariant: Sendable { let name, field, relation, limit: String }

  public let descriptor: MachineDescriptor
  let start: [String: Int]
  let handlers: [String: [Change]]
  let ignored: Set<String>
  let invariants: [Invariant]

  public init(_ text: String) throws {
    var (name, version, scope) = ("rules", 1, ScopeKind.log)
    var start: [String: Int] = [:]
    var handlers: [String: [Change]] = [:]
    var ignored: Set<String> = []
    var invariants: [Invariant] = []
    for (number, line) in text.split(separator: "\n").enumerated() {
      let words = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard words.count == 2 else { throw Malformed(description: "line \(number + 1): \(line)") }
      let parts = words[1].split(separator: ":", maxSplits: 1).map(Self.words)
      let items = words[1].split(separator: ",").map(Self.words)
      let changes = parts.last?.joined(separator: " ").split(separator: ",").map(Self.words) ?? []
      switch words[0] {
      case "machine" where parts[0].count == 2:
        (name, version) = (parts[0][0], Int(parts[0][1]) ?? 1)
      case "scope" where ["log", "stream"].contains(words[1]):
        scope = words[1] == "log" ? .log : .stream
      case "start" where items.allSatisfy { $0.count == 2 }:
        for item in items { start[item[0]] = Int(item[1]) }
      case "on" where parts.count == 2 && changes.allSatisfy { $0.count == 3 }:
        handlers[parts[0][0]] = changes.map { Change(name: $0[0], sign: $0[1], field: $0[2]) }
      case "ignore": ignored.formUnion(items.joined())
      case "always"
      where parts.count == 2 && parts[1].count == 3 && ["<=", ">="].contains(parts[1][1]):
        invariants.append(
          Invariant(
            name: parts[0].joined(separator: " "), field: parts[1][0], relation: parts[1][1],
            limit: parts[1][2]))
      default: throw Malformed(description: "line \(number + 1): \(line)")
      }
    }
    (self.start, self.handlers, self.ignored, self.invariants) = (
      start, handlers, ignored, invariants
    )
    descriptor = MachineDescriptor(
      name: name, version: version, scope: scope, code: Digest(of: Array(text.utf8)),
      invariants: invariants.map { .init(name: $0.name, kind: .state, place: nil) },
      eventTypes: handlers.keys.sorted())
  }

  private static func words(_ text: some StringProtocol) -> [String] {
    var words: [String] = []
    for word in String(text).split(separator: " ") { words.append(String(word)) }
    return words
  }

  public func makeHost(_ setup: HostSetup) -> any Host { RulesHost(self, setup) }
}

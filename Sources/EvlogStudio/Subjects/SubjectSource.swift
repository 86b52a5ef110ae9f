package import EvlogCore
import EvlogCuts
package import EvlogMachine
package import EvlogProjections
package import SystemPackage

/// A log or a group, with a machine or without one, that the studio shows.
package struct SubjectSource: Sendable {
  /// The log, or the group, as it was typed.
  package var log: String
  package var history: any History
  /// The machine as it was typed; nil if only events are shown.
  package var machine: String?
  /// The machine's script, which is loaded again when it changes.
  package var script: FilePath?
  /// Makes the machine's program of what it is made of now.
  package var load: (@Sendable () throws -> any Program)?
  /// Makes the machine that says of each event whether a condition in the machine's language holds; nil if there is
  /// none.
  package var condition: (@Sendable (_ source: String) throws -> any Program)?
  /// The projections whose tables can be asked.
  package var projections: [any Projection] = []
  package var workers = 2
  /// Whether snapshots and verdicts beside the log are used and made.
  package var caches = true

  package init(log: String, history: any History) {
    self.log = log
    self.history = history
  }

  /// The group; nil if it is a log.
  var group: CausalHistory? { history as? CausalHistory }

  /// What it is called on the page.
  var title: String {
    let name = FilePath(log).lastComponent?.string ?? log
    return machine.map { "\(name) · \(FilePath($0).lastComponent?.string ?? $0)" } ?? name
  }
}

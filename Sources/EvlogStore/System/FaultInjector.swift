import Synchronization
package import SystemPackage

/// Makes chosen system calls of one log fail, for tests; without one, nothing is checked.
package final class FaultInjector: Sendable {
  private struct State {
    var plans: [Plan] = []
    var calls: [SystemCalls.Call: Int] = [:]
    var fired = 0
    var omitted: Set<Check> = []
  }

  /// A check that a test may leave out, to see that another test then fails.
  package enum Check: Sendable, CaseIterable {
    /// The checksum of a frame's body, when an active segment is opened.
    case frameChecksum
    /// The checksums of a sealed block's columns, when it is read.
    case blockChecksum
  }

  /// One fault: the n-th call from now of a kind, on a file whose name holds a text, fails.
  struct Plan {
    /// Nil stands for every kind.
    let call: SystemCalls.Call?
    let fileNameContains: String
    var countdown: Int
    let errno: Errno
    let repeats: Bool
  }

  private let state = Mutex(State())

  package init() {}

  /// Lets the `nth` call from now (1 is the next) fail, or every one from there on.
  ///
  /// Every call from one on, of whatever kind (nil), is what a dead process does to the disk: nothing.
  package func fail(
    _ call: SystemCalls.Call?, nth: Int = 1, on fileNameContains: String = "", with errno: Errno,
    repeatedly: Bool = false
  ) {
    state.withLock {
      $0.plans.append(
        Plan(
          call: call, fileNameContains: fileNameContains, countdown: nth, errno: errno,
          repeats: repeatedly))
    }
  }

  /// Lets everything work again.
  package func heal() { state.withLock { $0.plans = [] } }

  /// How often a call was made, by which a test knows that its fault fired.
  package func count(of call: SystemCalls.Call) -> Int { state.withLock { $0.calls[call] ?? 0 } }

  /// How many calls were made to fail.
  package var firedCount: Int { state.withLock { $0.fired } }

  /// Leaves a check out.
  package func omit(_ check: Check) { state.withLock { _ = $0.omitted.insert(check) } }

  func omits(_ check: Check) -> Bool { state.withLock { $0.omitted.contains(check) } }

  func fault(in call: SystemCalls.Call, on path: FilePath) -> Errno? {
    state.withLock { state in
      state.calls[call, default: 0] += 1
      if state.plans.isEmpty { return nil }
      let name = path.lastComponent?.string ?? ""
      for i in state.plans.indices {
        let plan = state.plans[i]
        if let kind = plan.call, kind != call { continue }
        guard plan.fileNameContains.isEmpty || name.contains(plan.fileNameContains) else {
          continue
        }
        state.plans[i].countdown -= 1
        if state.plans[i].countdown == 0 || (plan.repeats && state.plans[i].countdown < 0) {
          state.fired += 1
          return plan.errno
        }
      }
      return nil
    }
  }
}

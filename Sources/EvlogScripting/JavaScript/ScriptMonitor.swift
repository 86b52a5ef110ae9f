#if JavaScript
  public import EvlogMachine
  import Synchronization

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// A thread that notices scripts in calls of the engine which do not end and cannot be interrupted.
  ///
  /// Nothing can be done about such a call but to end the process, which is not for a library to do: the
  /// monitor is on where a program says what to do.
  final class ScriptMonitor: Sendable {
    static let shared = ScriptMonitor()

    private static let microsecondsBetweenLooks: UInt32 = 100_000

    private struct State {
      var runs: [Weak] = []
      var action: (@Sendable (MachineError) -> Never)?
    }

    private struct Weak {
      weak var run: ScriptRun?
    }

    private let state = Mutex(State())
    private let isOnFlag = Atomic(false)

    var isOn: Bool { isOnFlag.load(ordering: .relaxed) }

    func add(_ run: ScriptRun) {
      guard isOn else { return }
      state.withLock { state in
        state.runs.removeAll { $0.run == nil }
        state.runs.append(Weak(run: run))
      }
    }

    /// Watches scripts that are loaded from now on, and calls `action` for one that cannot be stopped.
    func turnOn(_ action: @escaping @Sendable (MachineError) -> Never) {
      state.withLock { $0.action = action }
      guard !isOnFlag.exchange(true, ordering: .relaxed) else { return }
      var thread = pthread_t()
      _ = unsafe pthread_create(
        &thread, nil,
        { _ in
          while true {
            usleep(ScriptMonitor.microsecondsBetweenLooks)
            ScriptMonitor.shared.look()
          }
        }, nil)
      pthread_detach(thread)
    }

    private func look() {
      let (runs, action) = state.withLock { ($0.runs.compactMap(\.run), $0.action) }
      guard let action, !runs.isEmpty else { return }
      let bytes = ProcessMemory.residentBytes()
      for run in runs {
        if let error = run.unstoppable(residentBytes: bytes) { action(error) }
      }
    }
  }

  extension ScriptProgram {
    /// Sets what to do when a script exceeds its bounds in a call that the engine does not interrupt, such as a
    /// regular expression or the filling of a very large array: to end the process.
    ///
    /// Without this, such a call goes on until it ends by itself. `action` is called on a thread of its own,
    /// and holds for scripts that are loaded afterwards.
    public static func whenUnstoppable(_ action: @escaping @Sendable (MachineError) -> Never) {
      ScriptMonitor.shared.turnOn(action)
    }
  }
#endif

#if JavaScript
  import EvlogMachine
  import EvlogCore
  import Synchronization

  /// How far a script is: what its own thread writes and the monitor's reads.
  @safe final class ScriptRun: Sendable {
    let bounds: JavaScriptContext.Bounds
    let name: String
    /// The memory that the process had before the script, in bytes.
    let baseline: Int
    /// Written by the script: the place of its event in the batch, and how many events it began. A handler
    /// hangs where the second stands still.
    nonisolated(unsafe) let progress: UnsafeMutablePointer<Float64>
    private let state = Mutex(State())

    @safe private struct State {
      /// The clock of the thread that is in the script.
      var clock: ThreadClock?
      /// When the script was last seen at another event, and when it last let itself be interrupted.
      var cpuOfEvent = 0.0
      var cpuOfLook = 0.0
      var lastCount = -1.0
      /// Where the events of the batch have their offsets.
      nonisolated(unsafe) var numbers: UnsafeMutablePointer<Double>?
    }

    init(bounds: JavaScriptContext.Bounds, name: String) {
      self.bounds = bounds
      self.name = name
      baseline = ProcessMemory.residentBytes()
      unsafe progress = UnsafeMutablePointer<Float64>.allocate(capacity: 2)
      unsafe progress.initialize(repeating: 0, count: 2)
      ScriptMonitor.shared.add(self)
    }

    deinit { unsafe progress.deallocate() }

    /// Takes note of where the offsets of events are.
    func watch(_ numbers: UnsafeMutablePointer<Double>) {
      state.withLock { unsafe $0.numbers = numbers }
    }

    var eventCount: Double { unsafe progress[1] }

    func begin() {
      guard ScriptMonitor.shared.isOn else { return }
      let (clock, now) = (ThreadClock(), ThreadClock.ofThisThread())
      state.withLock {
        $0.clock = clock
        ($0.cpuOfEvent, $0.cpuOfLook) = (now, now)
        $0.lastCount = -1
      }
    }

    /// The script let itself be interrupted.
    func isLookedAt() {
      guard ScriptMonitor.shared.isOn else { return }
      let now = ThreadClock.ofThisThread()
      state.withLock { $0.cpuOfLook = now }
    }

    func end() {
      guard ScriptMonitor.shared.isOn else { return }
      state.withLock { $0.clock = nil }
    }

    /// Why it has to be stopped, if it has to be and cannot: the engine is in a call of its own, where it
    /// does not look whether it is to be interrupted.
    func unstoppable(residentBytes: Int) -> MachineError? {
      state.withLock { state -> MachineError? in
        guard let now = state.clock?.now() else { return nil }
        let count = eventCount
        if count != state.lastCount {
          state.lastCount = count
          state.cpuOfEvent = now
        }
        guard now - state.cpuOfLook > Self.grace else { return nil }
        let kind: MachineError.Kind
        let reason: Watchdog.Reason
        if now - state.cpuOfEvent > bounds.seconds + Self.grace {
          (kind, reason) = (.timedOut, .time)
        } else if residentBytes - baseline > bounds.bytes {
          (kind, reason) = (.outOfMemory, .memory)
        } else {
          return nil
        }
        let isAtEvent = count > 0
        let place = unsafe Int(progress[0]) * EventBatch.fields
        return MachineError(
          kind, machine: name,
          "The machine was stopped: \(reason.sentence(bounds)), in one call of the engine",
          offset: isAtEvent
            ? unsafe state.numbers.flatMap { unsafe UInt64(exactly: $0[place]).map { Offset($0) } }
            : nil,
          advice: .init(
            "Look for a regular expression with a choice inside of a repetition, and for code that makes, "
              + "sorts or joins very large arrays or texts", .raiseBounds)
        )
      }
    }

    /// So much of a processor's time passes between two looks at most, where a script can be interrupted.
    private static let grace = 0.5
  }
#endif

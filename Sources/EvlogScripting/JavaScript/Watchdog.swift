#if JavaScript
  import CJavaScriptCore
  import EvlogJSON

  /// Stops a script that does not end, or that eats all memory.
  ///
  /// JavaScriptCore calls back after a time limit. It does not start the limit again by itself, so
  /// each call back does.
  @safe final class Watchdog {
    enum Reason {
      case time, wallTime, memory

      func sentence(_ bounds: JavaScriptContext.Bounds) -> String {
        switch self {
        case .time: "it did not end within \(Self.text(bounds.seconds)) s of processor time"
        case .wallTime: "it did not end within \(Self.text(bounds.wallSeconds)) s"
        case .memory: "it took more than \(bounds.bytes >> 20) MiB of memory"
        }
      }

      private static func text(_ seconds: Double) -> String { JSONNumber(seconds)?.text ?? "∞" }
    }

    /// How much of a processor's time passes between two looks.
    private static let interval = 0.05

    let run: ScriptRun
    var bounds: JavaScriptContext.Bounds { run.bounds }
    private var lastCount = -1.0
    /// When the event was begun that it stands at, in time of the processor and of the clock.
    private var cpuStart = 0.0
    private var wallStart = SuspendingClock.now
    private var group: JSContextGroupRef?
    private var termination: Reason?

    init(bounds: JavaScriptContext.Bounds, name: String) {
      run = ScriptRun(bounds: bounds, name: name)
    }

    func watch(_ group: JSContextGroupRef) {
      unsafe self.group = group
      arm()
    }

    private func arm() {
      guard let group = unsafe group else { return }
      unsafe JSContextGroupSetExecutionTimeLimit(
        group, Self.interval,
        { _, context in
          guard let context = unsafe context else { return false }
          let watchdog = unsafe Unmanaged<Watchdog>.fromOpaque(context).takeUnretainedValue()
          return watchdog.isOver()
        }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// A call into the script begins. What limits it was set before.
    func begin() {
      lastCount = -1
      cpuStart = ThreadClock.ofThisThread()
      wallStart = .now
      termination = nil
      run.begin()
    }

    /// The call is over.
    func end() { run.end() }

    private func isOver() -> Bool {
      run.isLookedAt()
      let now = ThreadClock.ofThisThread()
      let count = run.eventCount
      if count != lastCount {
        lastCount = count
        cpuStart = now
        wallStart = .now
      }
      if now - cpuStart >= bounds.seconds {
        termination = .time
      } else if (SuspendingClock.now - wallStart) / .seconds(1) >= bounds.wallSeconds {
        termination = .wallTime
      } else if ProcessMemory.residentBytes() - run.baseline > bounds.bytes {
        termination = .memory
      }
      if termination == nil { arm() }
      return termination != nil
    }

    func takeTermination() -> Reason? {
      defer { termination = nil }
      return termination
    }
  }

  extension JavaScriptContext.Bounds {
    /// How long a handler may take by the clock: a processor that is shared by many gives it little time.
    var wallSeconds: Double { max(10 * seconds, 60) }
  }
#endif

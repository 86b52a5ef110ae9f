#if Studio
  import Dispatch

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Ends a process that serves when it is asked to, with the exit code of a verb that did what it should. There is
  /// nothing to be finished: the studio changes nothing, and its jobs end with it.
  enum EndsAtOnce {
    /// What listens, which does so for as long as it is kept.
    static func install() -> [any DispatchSourceSignal] {
      [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
          Output.standard.flush()
          _exit(ExitStatus.clean.rawValue)
        }
        source.activate()
        return source
      }
    }
  }
#endif

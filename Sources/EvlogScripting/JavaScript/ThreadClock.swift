#if JavaScript
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// How much of a processor's time a thread took.
  struct ThreadClock: Sendable {
    private let clock: clockid_t

    /// That of this thread, for another one to read.
    init?() {
      #if canImport(Glibc)
        var clock = clockid_t()
        guard unsafe pthread_getcpuclockid(pthread_self(), &clock) == 0 else { return nil }
        self.clock = clock
      #else
        return nil
      #endif
    }

    /// In seconds; nil when the thread is no more.
    func now() -> Double? { Self.read(clock) }

    /// The time of this thread, in seconds.
    static func ofThisThread() -> Double { read(CLOCK_THREAD_CPUTIME_ID) ?? 0 }

    private static func read(_ clock: clockid_t) -> Double? {
      var time = timespec()
      guard unsafe clock_gettime(clock, &time) == 0 else { return nil }
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
  }

  enum ProcessMemory {
    /// The memory that the process has, in bytes; 0 where that cannot be known.
    static func residentBytes() -> Int {
      #if os(Linux)
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&buffer, 128, file) != nil else { return 0 }
        let text = String(
          decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
      #else
        return 0
      #endif
    }
  }
#endif

import EvlogMachine
import EvlogStore
import EvlogTesting
import EvlogTurns
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Signals belong to the process: a library takes them where it is asked to, and not before.
@Suite struct CrashReportTests {
  /// What the process does at each signal of a trap.
  fileprivate static func handlers() -> [UInt] {
    [SIGILL, SIGTRAP, SIGFPE, SIGSEGV, SIGBUS, SIGABRT].map { number in
      var action = sigaction()
      guard unsafe sigaction(number, nil, &action) == 0 else { return .max }
      #if canImport(Glibc)
        return unsafe UInt(
          bitPattern: unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self))
      #else
        return unsafe UInt(
          bitPattern: unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self))
      #endif
    }
  }

  /// Two deposits, the second of which is more than a balance can hold.
  fileprivate static func overflow() async throws {
    let accounts = try TurnRunner(Account(), on: EventLog.inMemory())
    try await accounts.run(.deposit(.max), on: "a")
    try await accounts.run(.deposit(1), on: "a")
  }

  @Test func turnsLeaveTheHandlersAlone() async {
    await #expect(processExitsWith: .success) {
      signal(SIGFPE) { _ in }
      let before = Self.handlers()
      let accounts = try TurnRunner(Account(), on: EventLog.inMemory())
      try await accounts.run(.deposit(12), on: "a")
      #expect(Self.handlers() == before)
      CrashReports.install()
      #expect(Set(Self.handlers()).count == 1 && Self.handlers() != before)
    }
  }

  @Test func aTrapIsReportedWhereThatIsWanted() async throws {
    let reported = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      CrashReports.install(program: "bank", advice: "See event \(CrashReports.offset).")
      try await Self.overflow()
    }
    let words = String(decoding: try #require(reported).standardErrorContent, as: UTF8.self)
    #expect(
      words.contains(
        """
        bank: machine 'Account' trapped while it reduced the event at offset 1.
               See event 1.

        """), "\(words)")
    let silent = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try await Self.overflow()
    }
    let other = String(decoding: try #require(silent).standardErrorContent, as: UTF8.self)
    #expect(!other.contains("trapped while"), "\(other)")
  }

  @Test func handlersFromBeforeGetTheSignalNext() async {
    await #expect(processExitsWith: .exitCode(42)) {
      for number in [SIGILL, SIGTRAP] { signal(number) { _ in _exit(42) } }
      CrashReports.install()
      try await Self.overflow()
    }
  }
}

import Dispatch
import EvlogAnswers
import EvlogJSON
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A verb that the studio runs in a process of its own. It prints its text as always, and tells the studio besides, in
/// lines of JSON on standard error, how far it has come and what the answer is.
enum StudioJob {
  /// The first argument of such a process.
  static let flag = "--studio-job"
  /// What its lines begin with: a machine may say something of its own there.
  static let mark = "evlog-studio-job: "

  private static let running = Atomic<Bool>(false)

  /// Whether this process is one.
  static var isRunning: Bool { running.load(ordering: .relaxed) }

  /// The command line without the flag. With it, the process ends, and what it started, when its standard input does:
  /// then the studio is gone.
  static func begun(by arguments: [String]) -> [String] {
    guard arguments.first == flag else { return arguments }
    running.store(true, ordering: .relaxed)
    DispatchQueue(label: "evlog.studio-job").async {
      var byte: UInt8 = 0
      while unsafe read(STDIN_FILENO, &byte, 1) > 0 {}
      kill(0, SIGKILL)
    }
    return Array(arguments.dropFirst())
  }

  /// Tells the studio something, if it is listening.
  static func tell(_ name: String, _ value: @autoclosure () -> JSONValue) {
    guard isRunning else { return }
    let line = JSONValue.object([(name, value())]).canonicalText
    Output.error.write(bytes: Array("\(mark)\(line)\n".utf8))
    Output.error.flush()
  }
}

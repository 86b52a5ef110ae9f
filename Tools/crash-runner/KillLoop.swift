import CrashTestSupport
import EvlogStore
import Foundation
import SystemPackage

/// Writers in processes of their own, killed at moments they do not choose.
enum KillLoop {
  private static func options() -> EventLog.Options {
    var options = EventLog.Options()
    options.segmentBytes = 16384
    return options
  }

  /// Appends without end, and tells of each turn through the standard output once it is acknowledged.
  static func write(to path: String, seed: UInt64) throws {
    let log = try EventLog.open(FilePath(path), options: options())
    var next = UInt64(try turnCount(of: log))
    while true {
      try log.appendBlocking(CrashTurns.turn(Int(next), seed: seed, dataBytes: size(next)))
      next += 1
      _ = unsafe try withUnsafeBytes(of: next) {
        unsafe try FileDescriptor.standardOutput.writeAll($0)
      }
    }
  }

  private static func size(_ turn: UInt64) -> Int { [20, 300, 2000, 6000][Int(turn % 4)] }

  private static func turnCount(of log: EventLog) throws -> Int {
    var cursor = log.events().makeCursor()
    var count = 0
    while let event = try cursor.next() { if event.beginsTurn { count += 1 } }
    return count
  }

  /// Kills so many writers; true where every turn that any of them acknowledged is there.
  static func run(_ count: UInt64) throws -> Bool {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "evlog-kills-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "log").path
    var oracle = CrashOracle()
    var acknowledgements = 0
    for round in 0..<count {
      let seed = round / 40
      if round % 40 == 0 {
        try? FileManager.default.removeItem(atPath: path)
        oracle = CrashOracle()
      }
      let end = try killOne(path, seed)
      let known = oracle.turns.count
      for turn in known..<max(known, Int(end)) {
        oracle.turns.append(
          CrashTurns.turn(turn, seed: seed, dataBytes: size(UInt64(turn))))
      }
      acknowledgements += oracle.turns.count - known
      let next = oracle.turns.count
      oracle.doubtful = [
        CrashTurns.turn(next, seed: seed, dataBytes: size(UInt64(next)))
      ]
      do {
        if FileManager.default.fileExists(atPath: path + "/EVLOG") {
          let reader = try EventLog.openReadOnly(FilePath(path))
          try oracle.settle(reader, "opened for reading")
        }
        let log = try EventLog.open(FilePath(path), options: options())
        try oracle.settle(log, "opened")
        log.close()
      } catch {
        say("kill \(round): \(error)")
        return false
      }
      if round % 100 == 99 { say("\(round + 1) kills, \(acknowledgements) turns acknowledged") }
    }
    say("\(count) kills, \(acknowledgements) turns acknowledged, all of them there")
    return acknowledgements > 0
  }

  /// Starts a writer and kills it; how many turns it said there are.
  private static func killOne(_ path: String, _ seed: UInt64) throws -> UInt64 {
    let writer = Process()
    writer.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    writer.arguments = ["write", "\(seed)", path]
    let pipe = Pipe()
    writer.standardOutput = pipe
    try writer.run()
    // Half of the writers are killed while they open the log, half later.
    var said = Data()
    if Bool.random() { said = try pipe.fileHandleForReading.read(upToCount: 8) ?? Data() }
    usleep(UInt32.random(in: 0..<20_000))
    kill(writer.processIdentifier, SIGKILL)
    said += try pipe.fileHandleForReading.readToEnd() ?? Data()
    writer.waitUntilExit()
    return said.suffix(said.count - said.count % 8).suffix(8).reversed().reduce(0) {
      $0 << 8 | UInt64($1)
    }
  }
}

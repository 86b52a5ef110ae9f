import CrashTestSupport
import EvlogStore
import Foundation
import SystemPackage

/// A log that is used for a long time takes no more memory and no more open files than at first.
enum Soak {
  private static let leastRounds = 40

  static func run(seconds: Double) throws -> Bool {
    // Where syncing costs nothing, there are more rounds in the same time.
    let memory = "/dev/shm"
    let parent =
      FileManager.default.isWritableFile(atPath: memory)
      ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    let folder = parent.appending(path: "evlog-soak-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let end = Date().addingTimeInterval(seconds)
    var first: (files: Int, memory: Int)?
    var round = 0
    while Date() < end || round <= leastRounds {
      // A log of the same size each time, so that what is left over shows.
      let path = FilePath(folder.appending(path: "log-\(round % 2)").path)
      try? FileManager.default.removeItem(atPath: path.string)
      try useLog(path, round)
      let now = (files: openFiles(atMost: first?.files), memory: residentKiB())
      if round == 20 { first = now }
      if round % 20 == 0 { say("round \(round): \(now.files) open files, \(now.memory) KiB") }
      if let first, now.files > first.files || now.memory > first.memory * 3 / 2 + 16384 {
        say("it grew: \(now.files) open files, \(now.memory) KiB")
        return false
      }
      round += 1
    }
    say("\(round) rounds")
    return first != nil
  }

  private static func useLog(_ path: FilePath, _ round: Int) throws {
    var options = EventLog.Options()
    options.segmentBytes = 64 << 10
    for _ in 0..<3 {
      let log = try EventLog.open(path, options: options)
      for t in 0..<100 {
        try log.appendBlocking(
          CrashTurns.turn(Int(log.end) + t, seed: UInt64(round), dataBytes: 900))
      }
      let reader = try EventLog.openReadOnly(path)
      var cursor = reader.events().makeCursor()
      while try cursor.next() != nil {}
      try log.seal()
      log.close()
    }
  }

  /// How many files are open. What a log had open goes with the last thread that let go of it, which
  /// may be a moment after it was closed: more than `limit` are waited for.
  private static func openFiles(atMost limit: Int?) -> Int {
    var count = 0
    for look in 0..<100 {
      count = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
      // The first figure is what the others are held against: it must not be one of a moment.
      if let limit, count <= limit { break }
      if limit == nil, look == 5 { break }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return count
  }

  private static func residentKiB() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

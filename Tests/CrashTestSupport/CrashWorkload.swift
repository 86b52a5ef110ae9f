import EvlogStore
import EvlogTesting
import Synchronization
import SystemPackage

/// Something that a program does with a log, whose every moment a crash is put into.
package struct CrashWorkload: Sendable {
  package let name: String
  /// What comes before, without crashes.
  let prepare: @Sendable (CrashSession) throws -> Void
  /// What is crashed.
  let run: @Sendable (CrashSession) throws -> Void

  init(
    _ name: String, prepare: @escaping @Sendable (CrashSession) throws -> Void = { _ in },
    run: @escaping @Sendable (CrashSession) throws -> Void
  ) {
    self.name = name
    self.prepare = prepare
    self.run = run
  }

  /// Every workload.
  package static let all: [CrashWorkload] = [
    CrashWorkload("create") { session in
      try session.open()
      try session.append(100)
      try session.append(2000)
    },

    CrashWorkload("append", prepare: oneTurn) { session in
      for size in [0, 40, 700, 5000, 1, 1300] { try session.append(size) }
    },

    CrashWorkload("together", prepare: oneTurn) { session in
      try session.append(30, 30, 30)
      try session.append(600, 5, 900)
      try session.append(10, 3000, 20, 20)
    },

    CrashWorkload("roll", prepare: oneTurn) { session in
      for size in [1500, 2500, 1200, 3900, 10, 4200, 800] { try session.append(size) }
    },

    CrashWorkload("seal", prepare: oneTurn) { session in
      try session.append(900)
      try session.seal()
      try session.append(2000)
      try session.append(2500)
      try session.append(100)
      try session.seal()
      try session.append(50)
    },

    CrashWorkload("causes", prepare: oneTurn) { session in
      try session.append(60, causes: 1)
      // A segment with several causes for an event, which the next ones have too.
      try session.append(700, 20, causes: 3)
      for size in [2500, 1800] { try session.append(size) }
      try session.seal()
      try session.append(90, causes: 2)
      session.close()
      try session.truncate(keeping: 6)
      try session.open()
      try session.append(40, causes: 2)
    },

    CrashWorkload("causes-first", prepare: { session in try session.open() }) { session in
      // The segment has no event yet, and gives way.
      try session.append(30, causes: 2)
      try session.append(2500)
      session.close()
      try session.openReadOnly()
      try session.truncate(keeping: 0)
      try session.open(reservedBytes: session.segmentBytes)
      try session.append(300, causes: 2)
      try session.append(4000)
      try session.seal()
    },

    CrashWorkload("reopen", prepare: oneTurn) { session in
      for size in [2000, 3000, 400] {
        try session.append(size)
        session.close()
        try session.openReadOnly()
        try session.open()
      }
      try session.append(3000)
      try session.seal()
      session.close()
      try session.open()
    },

    CrashWorkload("snapshot", prepare: oneTurn) { session in
      try session.writeSideFile("one.snapshot", [UInt8](repeating: 1, count: 1500))
      try session.append(300)
      try session.writeSideFile("two.snapshot", [UInt8](repeating: 2, count: 5000))
      try session.writeSideFile("one.snapshot", [UInt8](repeating: 3, count: 700))
      try session.removeSideFile("two.snapshot")
    },

    CrashWorkload("spares", prepare: oneTurn) { session in
      session.close()
      try session.open(reservedBytes: 2 * session.segmentBytes)
      for size in [2500, 3000, 3500, 100, 3900] { try session.append(size) }
      session.close()
      try session.open(reservedBytes: 1)
      for size in [3000, 20, 3000] { try session.append(size) }
      try session.seal()
      try session.append(40)
    },

    CrashWorkload(
      "recover",
      prepare: { session in
        try oneTurn(session)
        try dieWriting(session, 2500, atCall: 2)
      },
      run: { session in
        try session.open()
        try session.append(1000)
        session.cutPower(seed: 1)
        try session.open()
        try session.append(1200)
      }),

    CrashWorkload("killed", prepare: oneTurn) { session in
      for (call, size) in [(2, 1000), (1, 700), (3, 10), (5, 3500), (7, 3600), (10, 3500)] {
        try dieWriting(session, size, atCall: call)
        try session.open()
        try session.append(300)
      }
    },

    CrashWorkload("failed-sync", prepare: oneTurn) { session in
      try session.append(20)
      try failSync(session, 900)
      try session.open()
      try session.append(1500)
      try failSync(session, 10)
      try session.openReadOnly()
      try session.open()
      try session.append(30)
    },

    CrashWorkload("failed-sync-killed", prepare: oneTurn) { session in
      for size in [900, 10, 3900] {
        try failSync(session, size, diesAtOnce: true)
        try session.openReadOnly()
        try session.open()
        try session.append(1200)
      }
    },

    CrashWorkload("full-disk", prepare: oneTurn) { session in
      for room in [100, 1000, 5000] {
        session.disk.setCapacity(session.disk.state.byteCount + room)
        for size in [500, 3000, 40, 4500] { try session.append(size) }
        try? session.seal()
        session.disk.setCapacity(nil)
        try session.append(60)
      }
    },

    CrashWorkload(
      "truncate",
      prepare: { session in
        try oneTurn(session)
        for size in [300, 500] { try session.append(size) }
        try session.seal()
        for size in [2500, 1800, 40] { try session.append(size) }
        session.close()
      },
      run: { session in
        try session.truncate(keeping: 5)
        try session.truncate(keeping: 2)
        try session.open()
        try session.append(400)
        try session.append(60)
        session.close()
        try session.truncate(keeping: 3)
        try session.open()
        try session.append(90)
      }),

    CrashWorkload(
      "repair",
      prepare: { session in
        try oneTurn(session)
        try session.append(500)
        try session.seal()
        for size in [2500, 1800, 2900, 300] { try session.append(size) }
        session.close()
        // A sealed segment's trailer, the headers of one that is full and of the last one, and the
        // identity.
        let files = session.disk.state.paths().filter { $0.string.contains("/segments/") }
          .sorted { $0.string < $1.string }
        session.damage(
          files.map { file in
            let size = session.disk.state.bytes(of: file)?.count ?? 0
            return (file, file.extension == "sealed" ? size - 40 : 50)
          } + [("/log/EVLOG", 100)])
      },
      run: { session in
        try session.repair()
        try session.open()
        try session.append(700)
      }),

    CrashWorkload("short-writes", prepare: oneTurn) { session in
      session.disk.writeShort()
      for size in [600, 2500, 3800] { try session.append(size) }
      try session.seal()
    },
  ]

  private static func oneTurn(_ session: CrashSession) throws {
    try session.open()
    try session.append(200)
  }

  /// The process dies in an append: neither its n-th call nor any that follows happens.
  private static func dieWriting(_ session: CrashSession, _ size: Int, atCall nth: Int) throws {
    session.close()
    let faults = FaultInjector()
    try session.open(faults: faults)
    faults.fail(nil, nth: nth, with: .ioError, repeatedly: true)
    try session.append(size)
    session.kill()
  }

  /// The sync of an append fails, and the disk forgets what it has not stored.
  ///
  /// `diesAtOnce`: the process can note nothing of it any more.
  private static func failSync(_ session: CrashSession, _ size: Int, diesAtOnce: Bool = false)
    throws
  {
    let hasFailed = Mutex(false)
    session.judge { call in
      hasFailed.withLock { hasFailed in
        if hasFailed { return diesAtOnce && call.kind != .read ? .fails(.ioError) : .honest }
        guard call.kind == .sync, call.name.hasSuffix(".active") else { return .honest }
        hasFailed = true
        return .fails(.ioError)
      }
    }
    try session.append(size)
    session.judge(nil)
    if diesAtOnce { session.kill() } else { session.close() }
  }
}

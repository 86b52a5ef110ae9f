extension Scale {
  /// All works, in the order in which they are done.
  var works: [Work] {
    [
      appendThousands, appendSingles, appendConcurrently, bulk, sealing, scan, count, streams,
      randomEvents, open, size, scanMemory,
      foldBinary, fold, encode, foldScript, foldScriptOfFew, judgeScript, judge, judgeAgain, probe,
      map, index,
      blame, minimise,
      stepBack, heartbeat, cancel, project, rebuild, turn, follow, clocks, checkCuts, detect, cuts,
    ]
  }

  private static let others = [
    "lmdb", "lmdb without index", "rocksdb", "rocksdb without index",
  ]

  /// evlog and all others at appending; the peers also without an index of streams, which is less
  /// than what they would be used with.
  private func appending(_ load: Load) -> [Entry] {
    [
      Entry("evlog", .append, load), Entry("limit", .append, load), Entry("sqlite", .append, load),
      Entry("sqlite without index", .append, load, by: "sqlite") { $0.isPlain = true },
      Entry("lmdb", .append, load),
      Entry("lmdb without index", .append, load, by: "lmdb") { $0.isPlain = true },
      Entry("rocksdb", .append, load),
      Entry("rocksdb without index", .append, load, by: "rocksdb") { $0.isPlain = true },
    ]
  }

  private var appendThousands: Work {
    let load = appends(appended, turn: 1000)
    return Work(
      name: "append-1000", title: "append, turns of 1000, durable each",
      metrics: [.eventsPerSecond],
      entries: appending(load) + [
        // The limit's file is filled with zeros before the clock starts.
        Entry("evlog, space reserved", .append, load, by: "evlog") { $0.reservedBytes = 256 << 20 }
      ],
      targets: [
        Target(
          "at least 0.8 of the limit", .eventsPerSecond, of: "evlog, space reserved", to: "limit",
          .atLeast(0.8)),
        Target("at least 2.5 × SQLite FULL", .eventsPerSecond, to: "sqlite", .atLeast(2.5)),
        Target(
          "at least 2.5 × SQLite FULL without index", .eventsPerSecond, to: "sqlite without index",
          .atLeast(2.5)),
      ] + Target.ahead(of: Self.others))
  }

  private var appendSingles: Work {
    let load = appends(singles, turn: 1)
    return Work(
      name: "append-1", title: "append, turns of 1, one writer, durable each",
      metrics: [.eventsPerSecond, .p99],
      entries: appending(load) + [
        Entry("evlog, await", .appendInTasks, load, by: "evlog")
      ],
      targets: [
        Target("at least 0.9 of a bare loop", .eventsPerSecond, to: "limit", .atLeast(0.9))
      ] + Target.ahead(of: ["sqlite", "sqlite without index"]))
  }

  private var appendConcurrently: Work {
    let load = appends(singlesPerTask * 64, turn: 1)
    return Work(
      name: "append-1x64", title: "append, turns of 1, 64 concurrent tasks, durable each",
      metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .appendInTasks, load) { $0.threads = 64 },
        Entry("evlog, 1 task", .appendInTasks, appends(singles, turn: 1), by: "evlog"),
      ],
      targets: [
        Target("at least 20 × one task", .eventsPerSecond, to: "evlog, 1 task", .atLeast(20))
      ])
  }

  private var bulk: Work {
    // About 8 MB of data in a turn.
    let load = appends(appended, turn: variant == .bin ? 100_000 : 50_000)
    return Work(
      name: "bulk", title: "append in bulk until compressed",
      metrics: [.eventsPerSecond],
      entries: [Entry("evlog", .bulk, load), Entry("limit", .bulk, load)],
      targets: [
        Target("at least 0.8 of the limit", .eventsPerSecond, to: "limit", .atLeast(0.8))
      ])
  }

  private var sealing: Work {
    let load = appends(sealed, turn: 1000)
    return Work(
      name: "sealing", title: "append, turns of 1000, while full segments are compressed",
      metrics: [.eventsPerSecond, .median, .p99, .segmentsLeft],
      entries: [
        Entry("evlog", .append, load),
        Entry("evlog, not compressing", .append, load, by: "evlog") {
          $0.sealsAutomatically = false
        },
      ],
      targets: [
        Target("keeps up: at most one full segment left", .segmentsLeft, .atMost(1))
      ])
  }

  private var scan: Work {
    let load = dataSet(events)
    return Work(
      name: "scan", title: "scan all events, checked",
      metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .scan, load), Entry("limit", .scan, load),
        Entry("evlog, 2 cores", .scan, load, by: "evlog") { $0.threads = 2 },
        Entry("limit, 2 cores", .scan, load, by: "limit") { $0.threads = 2 },
        Entry("sqlite", .scan, load), Entry("lmdb", .scan, load), Entry("rocksdb", .scan, load),
      ],
      targets: [
        Target("at least 0.85 of the limit", .eventsPerSecond, to: "limit", .atLeast(0.85)),
        Target(
          "two cores at least 1.8 × one", .eventsPerSecond, of: "evlog, 2 cores", to: "evlog",
          .atLeast(1.8)),
        Target("at least 2.5 × SQLite", .eventsPerSecond, to: "sqlite", .atLeast(2.5)),
        Target("level with LMDB", .eventsPerSecond, to: "lmdb", .atLeast(0.95)),
      ])
  }

  private var count: Work {
    let load = dataSet(events)
    return Work(
      name: "count", title: "count events by type and by stream", metrics: [.seconds],
      entries: [
        Entry("evlog", .count, load), Entry("evlog, a full scan", .scan, load, by: "evlog"),
        Entry("sqlite", .count, load),
      ],
      targets: [
        Target("at most 0.2 of a full scan", .seconds, to: "evlog, a full scan", .atMost(0.2))
      ])
  }

  private func reading(_ job: Job) -> [Entry] {
    ["evlog", "sqlite", "lmdb", "rocksdb"].map { name in
      Entry(name, job, dataSet(events)) { $0.reads = reads }
    }
  }

  private var streams: Work {
    Work(
      name: "stream-50", title: "read one stream of about 50 events", metrics: [.mean, .p99],
      entries: reading(.streams),
      targets: [Target("under 5 ms", .mean, .atMost(5e-3))])
  }

  private var randomEvents: Work {
    Work(
      name: "random-event", title: "read one event at a random offset", metrics: [.mean, .p99],
      entries: reading(.random),
      targets: [Target("under 100 µs", .mean, .atMost(100e-6))])
  }

  private var open: Work {
    let load = dataSet(opened)
    return Work(
      name: "open", title: "open a log of \(opened) events", metrics: [.seconds, .peakMemory],
      entries: [
        Entry("evlog", .open, load),
        Entry("evlog, last segment not compressed", .open, load, by: "evlog") {
          $0.leavesTail = true
        },
        Entry("evlog, for reading only", .openReadOnly, load, by: "evlog"),
        Entry("evlog, a tenth of the events", .open, dataSet(opened / 10), by: "evlog"),
      ],
      targets: [
        Target("under 50 ms", .seconds, .atMost(50e-3)),
        Target(
          "under 50 ms", .seconds, of: "evlog, last segment not compressed", .atMost(50e-3)),
        Target(
          "memory bounded: at most 1.5 × a tenth's", .peakMemory,
          to: "evlog, a tenth of the events", .atMost(1.5)),
      ])
  }

  private var size: Work {
    let load = dataSet(events)
    let names = ["evlog", "limit", "sqlite", "lmdb", "rocksdb"]
    return Work(
      name: "size", title: "bytes on disk, compressed", metrics: [.bytesPerEvent],
      entries: names.map { Entry($0, .size, load) } + [
        Entry("evlog, best", .size, load, by: "evlog") { $0.isBest = true },
        Entry("lz4 over ndjson", .size, load, by: "lz4"),
        Entry("lz4hc over ndjson", .size, load, by: "lz4hc"),
      ],
      targets: ["sqlite", "lmdb", "rocksdb"].map { (name: String) in
        Target("below \(name)", .bytesPerEvent, to: name, .atMost(1))
      } + [
        Target("at most 0.9 of LZ4", .bytesPerEvent, to: "lz4 over ndjson", .atMost(0.9)),
        Target(
          "20% below that", .bytesPerEvent, of: "evlog, best", to: "lz4 over ndjson",
          .atMost(0.72)),
      ],
      isDeterministic: true)
  }

  private var scanMemory: Work {
    let labels = scanned.map { "evlog, \($0) events" }
    return Work(
      name: "scan-memory", title: "memory of a scan", metrics: [.peakMemory],
      entries: zip(labels, scanned).map { Entry($0, .scan, dataSet($1), by: "evlog") },
      targets: [
        Target(
          "constant: the largest at most 1.25 × the smallest", .peakMemory,
          of: labels[labels.count - 1], to: labels[0], .atMost(1.25))
      ],
      isDeterministic: true)
  }
}

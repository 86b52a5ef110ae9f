extension Scale {
  private func events(of variant: Variant) -> Load {
    var load = dataSet(events)
    load.variant = variant
    return load
  }

  /// JSON, whatever else is measured.
  private var json: Load { events(of: variant == .rnd ? .rnd : .seq) }

  var foldBinary: Work {
    let load = events(of: .bin)
    return Work(
      name: "replay-binary", title: "replay, compiled reducer, binary payloads",
      metrics: [.eventsPerSecond, .peakMemory],
      entries: [
        Entry("evlog", .fold, load),
        Entry("evlog, 2 cores", .fold, load, by: "evlog") { $0.threads = 2 },
        Entry("limit", .fold, load),
      ],
      targets: [
        Target("at least 0.6 of the limit", .eventsPerSecond, to: "limit", .atLeast(0.6)),
        Target(
          "two cores at least 1.8 × one", .eventsPerSecond, of: "evlog, 2 cores", to: "evlog",
          .atLeast(1.8)),
      ])
  }

  var fold: Work {
    let load = json
    return Work(
      name: "replay-json", title: "replay, compiled reducer, JSON payloads",
      metrics: [.eventsPerSecond, .peakMemory],
      entries: [
        Entry("evlog, lazy view", .fold, load, by: "evlog"),
        Entry("limit, simdjson", .fold, load, by: "limit"),
        Entry("evlog, Codable", .foldCodable, load, by: "evlog"),
        Entry("Foundation's JSONDecoder", .foldFoundation, load, by: "evlog"),
      ],
      targets: [
        Target(
          "lazy view at least 0.6 of simdjson", .eventsPerSecond, of: "evlog, lazy view",
          to: "limit, simdjson", .atLeast(0.6)),
        Target(
          "Codable at least 5 × Foundation", .eventsPerSecond, of: "evlog, Codable",
          to: "Foundation's JSONDecoder", .atLeast(5)),
        Target(
          "Codable at least 1.5 M events/s", .eventsPerSecond, of: "evlog, Codable",
          .atLeast(1.5e6)),
      ])
  }

  var encode: Work {
    let load = appends(appended, turn: 1)
    return Work(
      name: "encode", title: "make the data of Codable events", metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .encode, load),
        Entry("Foundation's JSONEncoder", .encodeFoundation, load, by: "evlog"),
      ],
      targets: [
        Target(
          "at least 3 × Foundation", .eventsPerSecond, to: "Foundation's JSONEncoder", .atLeast(3))
      ])
  }

  var foldScript: Work {
    foldScript("replay-script", "replay, script", json)
  }

  /// Few accounts, as where the target was measured.
  var foldScriptOfFew: Work {
    var load = json
    load.streams = min(load.streams, 1000)
    return foldScript("replay-script-few", "replay, script, a thousand accounts", load)
  }

  private func foldScript(_ name: String, _ title: String, _ load: Load) -> Work {
    Work(
      name: name, title: title, metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog, script", .foldScript, load, by: "evlog"),
        Entry("JavaScriptCore alone", .foldScript, load, by: "limit"),
      ],
      targets: [
        Target(
          "at least 1 / 1.27 of JavaScriptCore", .eventsPerSecond, of: "evlog, script",
          to: "JavaScriptCore alone", .atLeast(0.79)),
        Target("at least 1 M events/s", .eventsPerSecond, of: "evlog, script", .atLeast(1e6)),
      ])
  }

  var judgeScript: Work {
    Work(
      name: "judge-script", title: "judge a script with a state for each stream at every cut",
      metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .judgeScript, json),
        Entry("evlog, 2 cores", .judgeScript, json, by: "evlog") { $0.threads = 2 },
      ], targets: [])
  }

  var judge: Work {
    Work(
      name: "judge", title: "judge an invariant that looks at one key at every cut",
      metrics: [.eventsPerSecond, .seconds],
      entries: [
        Entry("evlog", .judge, json), Entry("evlog, replay alone", .fold, json, by: "evlog"),
      ],
      targets: [
        Target("at most 1.2 × replay", .seconds, to: "evlog, replay alone", .atMost(1.2))
      ])
  }

  var judgeAgain: Work {
    Work(
      name: "judge-again", title: "judge again, after 1 % more events", metrics: [.seconds],
      entries: [
        Entry("evlog", .judgeAgain, json),
        Entry("evlog, the first time", .judge, json, by: "evlog"),
      ],
      targets: [
        Target("at most 3 % of the first", .seconds, to: "evlog, the first time", .atMost(0.03))
      ])
  }

  var heartbeat: Work {
    Work(
      name: "heartbeat",
      title: "how late a task wakes up from 5 ms of sleep, while two questions run",
      metrics: [.median, .longest], entries: [Entry("evlog", .heartbeat, json)],
      targets: [Target("never later than 45 ms", .longest, .atMost(0.045))])
  }

  var cancel: Work {
    Work(
      name: "cancel", title: "from a question's cancellation to its end",
      metrics: [.median, .longest], entries: [Entry("evlog", .cancel, json)],
      targets: [Target("within 50 ms", .longest, .atMost(0.05))])
  }

  var probe: Work {
    Work(
      name: "probe", title: "search by halves, with 128 snapshots", metrics: [.seconds],
      entries: [
        Entry("evlog", .probe, json), Entry("evlog, replay", .fold, json, by: "evlog"),
      ],
      targets: [Target("at most 3 % of a replay", .seconds, to: "evlog, replay", .atMost(0.03))])
  }

  var map: Work {
    Work(
      name: "map", title: "count by regions", metrics: [.eventsPerSecond, .seconds],
      entries: [Entry("evlog", .map, json), Entry("evlog, replay", .fold, json, by: "evlog")],
      targets: [Target("at most 1.05 × replay", .seconds, to: "evlog, replay", .atMost(1.05))])
  }

  var index: Work {
    Work(
      name: "index", title: "index what a script writes", metrics: [.eventsPerSecond, .peakMemory],
      entries: [
        Entry("evlog", .index, json), Entry("evlog, replay", .foldScript, json, by: "evlog"),
      ], targets: [])
  }

  var blame: Work {
    Work(
      name: "blame", title: "who wrote an account last, with an index", metrics: [.mean, .p99],
      entries: [Entry("evlog", .blame, json)],
      targets: [Target("under 100 ms", .mean, .atMost(100e-3))])
  }

  var minimise: Work {
    let load = appends(10_000, turn: 1000)
    return Work(
      name: "minimise", title: "the few events of 10,000 that break an invariant",
      metrics: [.seconds],
      entries: [
        Entry("evlog, compiled", .minimise, load, by: "evlog"),
        Entry("evlog, script", .minimiseScript, load, by: "evlog"),
      ],
      targets: [
        Target("under 2 s", .seconds, of: "evlog, compiled", .atMost(2)),
        Target("under 2 s", .seconds, of: "evlog, script", .atMost(2)),
      ])
  }

  var stepBack: Work {
    Work(
      name: "step-back", title: "step back by one from the end",
      metrics: [.mean, .p99, .peakMemory],
      entries: [Entry("evlog", .stepBack, json)],
      targets: [Target("under 20 ms", .mean, .atMost(20e-3))])
  }
}

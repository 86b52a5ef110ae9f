extension Scale {
  /// A million events, as a service may have to catch up with.
  private var backlog: Load {
    var load = dataSet(appended)
    if variant == .bin { load.variant = .seq }
    return load
  }

  var project: Work {
    Work(
      name: "project", title: "bring a projection up to date, a row written for each event",
      metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .project, backlog),
        Entry("GRDB alone", .projectBare, backlog, by: "evlog"),
      ],
      targets: [
        Target("at least 0.7 of GRDB alone", .eventsPerSecond, to: "GRDB alone", .atLeast(0.7))
      ])
  }

  var rebuild: Work {
    let load = dataSet(events)
    return Work(
      name: "rebuild", title: "rebuild a projection that only counts",
      metrics: [.eventsPerSecond],
      entries: [
        Entry("evlog", .rebuild, load),
        Entry("evlog, replay", .foldCodable, load, by: "evlog"),
      ],
      targets: [
        Target("at least 0.8 of replay", .eventsPerSecond, to: "evlog, replay", .atLeast(0.8))
      ])
  }

  var turn: Work {
    Work(
      name: "turn", title: "a turn with a warm state, less a bare append of the same event",
      metrics: [.mean, .median],
      entries: [
        Entry("evlog", .turn, appends(singles, turn: 1)),
        Entry(
          "evlog, less one of its bytes", .turnOverBytes, appends(singles, turn: 1), by: "evlog"),
      ],
      targets: [Target("at most 30 µs", .median, .atMost(30e-6))])
  }

  var follow: Work {
    let load = appends(singles, turn: 1)
    return Work(
      name: "follow", title: "from an acknowledged append to a live subscriber",
      metrics: [.mean, .p99],
      entries: [
        Entry("evlog", .follow, load),
        Entry("evlog, another process", .followBeside, load, by: "evlog"),
      ],
      targets: [
        Target("p99 under 5 ms", .p99, .atMost(5e-3)),
        Target("p99 under 5 ms", .p99, of: "evlog, another process", .atMost(5e-3)),
      ])
  }
}

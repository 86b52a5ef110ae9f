extension Scale {
  /// Events in eight lines, of which one in twenty has an edge.
  private var lines: Load { Load(events: 2 * events, streams: 8, reads: 10 * reads) }

  /// Few events with many edges, so that their consistent cuts can be counted.
  private var poset: Load { Load(events: events < Scale.full.events ? 400 : 2000, streams: 8) }

  var clocks: Work {
    Work(
      name: "clocks", title: "vector clocks of the events of eight lines",
      metrics: [.eventsPerSecond, .bytesPerEvent],
      entries: [Entry("evlog", .clocks, lines), Entry("limit", .clocks, lines)],
      targets: [
        Target("at least 10 M events/s", .eventsPerSecond, .atLeast(1e7)),
        Target("25 MB for 10 M events are kept at most", .bytesPerEvent, .atMost(2.5)),
      ])
  }

  var checkCuts: Work {
    Work(
      name: "check-cuts", title: "a cut checked, and the nearest consistent ones found",
      metrics: [.mean, .median, .p99], entries: [Entry("evlog", .checkCuts, lines)],
      targets: [Target("under 50 µs", .median, .atMost(50e-6))])
  }

  var detect: Work {
    Work(
      name: "detect", title: "the least cut at which a predicate of each line holds",
      metrics: [.seconds], entries: [Entry("evlog", .detect, lines)],
      targets: [Target("under 5 ms", .seconds, .atMost(5e-3))])
  }

  var cuts: Work {
    Work(
      name: "cuts", title: "all consistent cuts, one by one (events are cuts)",
      metrics: [.eventsPerSecond, .peakMemory],
      entries: [
        Entry("evlog", .cuts, poset),
        Entry("evlog, 2 cores", .cuts, poset, by: "evlog") {
          $0.threads = 2
        },
        Entry("evlog, judged", .judgeCuts, poset, by: "evlog"), Entry("limit", .cuts, poset),
      ],
      targets: [
        Target("at least 0.5 of the limit", .eventsPerSecond, to: "limit", .atLeast(0.5)),
        Target(
          "two cores at least 1.7 × one", .eventsPerSecond, of: "evlog, 2 cores", to: "evlog",
          .atLeast(1.7)),
        Target(
          "at least 1 M/s with a compiled predicate", .eventsPerSecond, of: "evlog, judged",
          .atLeast(1e6)),
      ])
  }
}

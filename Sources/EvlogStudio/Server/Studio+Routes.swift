import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogProjections
import EvlogReplay

extension Studio {
  typealias Route = @Sendable (Studio, Parameters) async throws -> StudioReply

  /// What is answered at once, by its path.
  static let routes: [String: Route] = [
    "/api/subjects": { studio, _ in
      var subjects: [JSONValue] = []
      for subject in studio.subjects { subjects.append(try await subject.json()) }
      return .object([("subjects", .array(subjects))])
    },
    "/api/live": { studio, asked in .events(try studio.subject(asked).broadcast.events()) },
    "/api/blame": { studio, asked in
      guard let path = try asked.path() else { throw StudioError(400, "'path' is missing.") }
      return try await studio.subject(asked).blame(path, key: asked["key"], at: asked.cut())
    },
    "/api/seek": { studio, asked in
      .object(
        try await studio.subject(asked).seek(
          asked.choice("to", default: .next), from: asked.requiredCut(), key: asked["key"],
          path: asked.path(), invariant: asked["invariant"]))
    },
    "/api/keys": { studio, asked in
      .object(
        try await studio.subject(asked).keys(
          at: asked.requiredCut(), prefix: asked["prefix"] ?? "", after: asked["after"],
          limit: asked.integer("limit", in: 1...500, default: 100)))
    },
    "/api/map": { studio, asked in
      let subject = try studio.subject(asked)
      let loaded = try subject.required()
      return try subject.reply(
        try await loaded.map(by: loaded.rule(asked.path("by")), to: asked.cut("to")))
    },
    "/api/trend": { studio, asked in
      let loaded = try studio.subject(asked).required()
      return .object(
        try await loaded.trend(
          by: loaded.rule(asked.path("by")),
          points: asked.integer("points", in: 1...200, default: 32)))
    },
    "/api/cell": { studio, asked in
      let loaded = try studio.subject(asked).required()
      guard let region = asked["region"], let type = asked["type"] else {
        throw StudioError(400, "'region' and 'type' are needed.")
      }
      return .object(
        try await loaded.cell(
          region, type, by: loaded.rule(asked.path("by")),
          limit: asked.integer("limit", in: 1...500, default: 50)))
    },
    "/api/query": { studio, asked in
      let subject = try studio.subject(asked)
      guard let sql = asked["sql"] else { throw StudioError(400, "'sql' is missing.") }
      let end = subject.history.end
      let cut = try asked.cut() ?? end
      guard cut <= end else { throw Replayer.CutBeyondEnd(cut: cut, end: end) }
      let limit = try asked.integer("limit", in: 1...1000, default: 200)
      let page: SQLPage
      do {
        page = try await subject.tables.page(
          sql, of: asked["projection"], at: cut, seconds: 10, limit: limit)
      } catch let error as StudioError {
        throw error
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        throw StudioError(400, studio.wording(error))
      }
      return .object([
        ("cut", .int(cut)), ("end", .int(end)),
        ("columns", .array(page.columns.map { .string($0) })),
        ("rows", .array(page.rows.map { .array($0) })), ("more", .bool(page.hasMore)),
      ])
    },
    "/api/cuts/check": { studio, asked in
      try studio.subject(asked).checkCut(asked["cut"], asked: "cut check")
    },
    "/api/cuts/nearest": { studio, asked in
      try studio.subject(asked).checkCut(asked["cut"], asked: "cut nearest")
    },
    "/api/cuts/edges": { studio, asked in try studio.subject(asked).edges(of: asked["event"]) },
    "/api/tiles": { studio, asked in .json(try await studio.subject(asked).tiles(asked)) },
    "/api/matches": { studio, asked in
      .object(try await studio.subject(asked).matches(asked))
    },
    "/api/column": { studio, asked in
      guard let path = try asked.path() else { throw StudioError(400, "'path' is missing.") }
      return .object(
        try await studio.subject(asked).column(path, key: asked["key"], at: asked.cuts("cuts")))
    },
    "/api/events": { studio, asked in
      let subject = try studio.subject(asked)
      var search = try EventSearch(asked, in: subject.history)
      search.predicate = try subject.predicate(asked["predicate"])
      return try await QuestionThreads.run { .object(try search.run(in: subject.history).members) }
    },
    "/api/event": { studio, asked in
      guard let offset = try asked.ordinal("offset", Offset.self) else {
        throw StudioError(400, "'offset' is missing.")
      }
      return .object(try await studio.subject(asked).event(at: offset))
    },
    "/api/moment": { studio, asked in
      .object(
        try await studio.subject(asked).moment(at: asked.requiredCut(), key: asked["key"]))
    },
    "/api/state": { studio, asked in
      .object(
        try await studio.subject(asked).state(
          at: asked.requiredCut(), key: asked["key"], path: asked.path() ?? StatePath(),
          after: asked.childPosition("after"),
          limit: asked.integer("limit", in: 1...200, default: 200)))
    },
  ]
}

extension EventSearch {
  init(_ asked: Parameters, in history: any History) throws(StudioError) {
    try self.init(filter: asked)
    direction = try asked.choice("direction", default: .forward)
    from = try asked.cut("from") ?? (direction == .forward ? 0 : history.end)
    to = try asked.cut("to")
    limit = try asked.integer("limit", in: 1...500, default: 100)
  }

  /// What is looked for, in the whole log.
  init(filter asked: Parameters) throws(StudioError) {
    from = 0
    types = Set(asked.all("type"))
    stream = asked["stream"]
    text = asked["text"]
    since = try asked.time("since")
    until = try asked.time("until")
    within = UInt64(try asked.integer("within", in: 1...10_000, default: 10))
    neighbour = try asked.choice("order", default: .either)
    // "X|Y": events of type X that have one of type Y near them.
    if let pair = asked["near"] {
      let sides = pair.split(separator: "|", maxSplits: 1).map(String.init)
      near = sides.last
      if sides.count == 2 { types.insert(sides[0]) }
    }
  }
}

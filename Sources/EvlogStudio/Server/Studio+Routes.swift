import EvlogAnswers
import EvlogCore
import EvlogJSON
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
    "/api/tiles": { studio, asked in .json(try await studio.subject(asked).tiles(asked)) },
    "/api/events": { studio, asked in
      let subject = try studio.subject(asked)
      let search = try EventSearch(asked, in: subject.history)
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
          after: asked.integer("after", in: 0...(.max), default: 0),
          limit: asked.integer("limit", in: 1...200, default: 200)))
    },
  ]
}

extension EventSearch {
  init(_ asked: Parameters, in history: any History) throws(StudioError) {
    direction = try asked.choice("direction", default: .forward)
    from = try asked.cut("from") ?? (direction == .forward ? 0 : history.end)
    limit = try asked.integer("limit", in: 1...500, default: 100)
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

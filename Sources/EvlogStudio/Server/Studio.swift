import EvlogAnswers
import EvlogCore
import EvlogJSON
import EvlogMachine
import EvlogReplay
import EvlogStore

/// The studio: subjects, and answers to what a page asks about them. It knows no connection.
package final class Studio: Sendable {
  let subjects: [Subject]
  let door = Door()
  let jobs: Jobs
  let wording: Wording

  /// Loads the machines; throws what is wrong with one. A job that no page listens to ends after `grace`.
  package init(
    _ sources: [SubjectSource], program: StudioProgram? = nil, grace: Duration = .seconds(10),
    wording: @escaping Wording
  ) throws {
    jobs = Jobs(program, grace: grace)
    var tiles: [String: TileIndex] = [:]
    subjects = try sources.enumerated().map { id, source in
      let index = tiles[source.log] ?? TileIndex(source.history)
      tiles[source.log] = index
      return try Subject(id, source, index, wording: wording)
    }
    self.wording = wording
  }

  /// Answers a request, whatever it is.
  func answer(_ request: StudioRequest) async -> StudioReply {
    do {
      try door.check(request)
      return try await routed(request)
    } catch {
      return .failure(failure(error))
    }
  }

  private func routed(_ request: StudioRequest) async throws -> StudioReply {
    if request.method == "GET", let page = Page.all[request.path] { return .page(page) }
    guard request.path.hasPrefix("/api/") else { throw Self.nothingHere }
    if request.method == "POST", request.path == "/api/session" {
      let token = try request.json()["token"]?.stringValue ?? ""
      return .nothing(cookie: try door.begin(request, token: token))
    }
    try door.checkSession(request)
    if request.path == "/api/jobs" || request.path.hasPrefix("/api/jobs/") {
      return try job(request)
    }
    guard request.method == "GET", let route = Self.routes[request.path] else {
      throw Self.nothingHere
    }
    return try await route(self, request.parameters)
  }

  /// Starts a job, ends it, or follows it.
  private func job(_ request: StudioRequest) throws -> StudioReply {
    let parts = request.path.split(separator: "/").dropFirst(2)
    switch (request.method, parts.count) {
    case ("POST", 0):
      let asked = try request.json()
      let id = asked["s"]?.integer(Int.self) ?? 0
      guard subjects.indices.contains(id), let question = asked["question"]?.stringValue else {
        throw StudioError(
          400, "'s' must be the number of a subject, and 'question' the name of a question.")
      }
      let parameters = asked["parameters"] ?? .object([])
      let other = parameters["against"]?.integer(Int.self)
      let against = other.flatMap { subjects.indices.contains($0) ? subjects[$0] : nil }
      let source = subjects[id].source
      let job = try jobs.start(
        StudioQuestion(
          question: question, log: source.log, machine: source.machine,
          against: against?.source.machine, parameters: parameters))
      return .object([("id", .string(job.id)), ("command", .string(job.line.shown))], status: 201)
    case ("DELETE", 1):
      try jobs.job(parts[2]).cancel()
      return .nothing(cookie: nil)
    case ("GET", 2) where parts[3] == "events":
      return .events(try jobs.job(parts[2]).events())
    default: throw Self.nothingHere
    }
  }

  /// Judges the subjects, and follows logs and scripts, until the task is cancelled.
  func work() async {
    await withTaskGroup { group in
      for subject in subjects {
        group.addTask { await subject.follow(wording: self.wording) }
        group.addTask { await subject.watchScript(wording: self.wording) }
      }
    }
  }

  static let nothingHere = StudioError(404, "There is nothing at this address.")

  /// The subject that a request is about; the first by default.
  func subject(_ parameters: Parameters) throws(StudioError) -> Subject {
    let id = try parameters.integer("s", in: 0...(.max), default: 0)
    guard subjects.indices.contains(id) else {
      throw StudioError(404, "There is no subject \(id).")
    }
    return subjects[id]
  }

  /// How an error is said to the page.
  private func failure(_ error: any Error) -> StudioError {
    switch error {
    case let error as StudioError: error
    case is Replayer.CutBeyondEnd, is InvestigationError: StudioError(400, wording(error))
    case is MachineError: StudioError(422, wording(error))
    case is CancellationError: StudioError(499, "The request was cancelled.")
    default: StudioError(500, wording(error))
    }
  }
}

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
  let wording: Wording

  /// Loads the machines; throws what is wrong with one.
  package init(_ sources: [SubjectSource], wording: @escaping Wording) throws {
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
    guard request.method == "GET", let route = Self.routes[request.path] else {
      throw Self.nothingHere
    }
    return try await route(self, request.parameters)
  }

  /// Judges the subjects, one after the other, so that requests find free threads.
  func judge() async {
    for subject in subjects {
      // What is wrong with the machine is said where its states are asked for.
      _ = try? await subject.loaded?.judge()
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

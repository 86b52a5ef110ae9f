import EvlogAnswers
import EvlogJSON

/// What a request is answered with.
enum StudioReply: Sendable {
  /// A JSON text.
  case json([UInt8], status: Int = 200)
  /// A file of the page.
  case page(Page)
  /// Nothing, and a cookie if there is one to be set.
  case nothing(cookie: String?)
  /// Events, as they come, until the stream ends.
  case events(AsyncStream<ServerEvent>)

  /// One object, with the version of the shapes.
  static func object(_ members: [(String, JSONValue)], status: Int = 200) -> StudioReply {
    let object = JSONValue.object([("evlog", .int(Answers.version))] + members)
    return .json(object.canonicalBytes, status: status)
  }

  static func answer(_ answer: some Answer) throws -> StudioReply {
    .json(try answer.json().canonicalBytes)
  }

  static func failure(_ error: StudioError) -> StudioReply {
    .json(
      JSONValue.object([
        ("evlog", .int(Answers.version)), ("error", error.json["error"] ?? .null),
      ]).canonicalBytes, status: error.status)
  }
}

/// An event of a stream that a browser listens to.
struct ServerEvent: Sendable {
  let name: String
  let data: JSONValue

  /// As it is sent: a name, and JSON on one line.
  var bytes: [UInt8] {
    Array("event: \(name)\ndata: ".utf8) + data.canonicalBytes + Array("\n\n".utf8)
  }
}

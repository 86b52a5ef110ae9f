import EvlogJSON

/// A request, as far as the studio looks at it.
struct StudioRequest: Sendable {
  var method: String
  /// The path alone, as it was sent.
  var path: String
  var parameters: Parameters
  /// The `Host` and `Origin` headers.
  var host: String?
  var origin: String?
  var cookies: [(name: String, value: String)] = []
  var body: [UInt8] = []

  /// The most bytes that a request's body may have.
  static let bodyLimit = 1 << 16

  init(
    method: String, target: String, host: String?, origin: String? = nil, cookie: String? = nil,
    body: [UInt8] = []
  ) throws(StudioError) {
    self.method = method
    self.host = host
    self.origin = origin
    self.body = body
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = String(parts[0])
    parameters = try Parameters(query: parts.count > 1 ? parts[1] : "")
    for pair in (cookie ?? "").split(separator: ";") {
      let sides = pair.split(separator: "=", maxSplits: 1)
      if sides.count == 2 {
        cookies.append((String(sides[0].drop { $0 == " " }), String(sides[1])))
      }
    }
  }

  /// The body, which is a JSON object.
  func json() throws(StudioError) -> JSONValue {
    guard let value = JSONValue(validating: body[...]), case .object = value else {
      throw StudioError(400, "The body is not a JSON object.")
    }
    return value
  }
}

/// A request that cannot be answered, with what helps.
package struct StudioError: Error {
  let status: Int
  let message: String
  let advice: String?

  package init(_ status: Int, _ message: String, advice: String? = nil) {
    self.status = status
    self.message = message
    self.advice = advice
  }

  var json: JSONValue {
    .object([
      (
        "error",
        .object([("message", .string(message)), ("advice", advice.map { .string($0) } ?? .null)])
      )
    ])
  }
}

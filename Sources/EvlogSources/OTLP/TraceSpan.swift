import EvlogJSON
import EvlogStore

/// A span as an event, and what it hangs together with.
struct TraceSpan {
  /// Which span of which trace.
  struct ID: Hashable {
    let trace: String
    let span: String
    var text: String { "\(trace)/\(span)" }
  }

  let id: ID
  let parent: ID?
  let event: NewEvent
  let line: Int

  private static let kinds = [
    "unspecified", "internal", "server", "client", "producer", "consumer",
  ]
  private static let statusCodes = ["unset", "ok", "error"]

  /// The event stands for the span as a whole, and is dated by its beginning. What the protocol does not
  /// define is kept in the data as it is.
  init(
    _ value: JSONValue, at path: String, of service: String, metadata: [UInt8], line: Int
  ) throws(OTLPError) {
    var message = try OTLPMessage(value, at: path)
    guard let trace = try message.takeID("traceId", bytes: 16) else {
      throw message.wrong("the span has no traceId.")
    }
    guard let span = try message.takeID("spanId", bytes: 8) else {
      throw message.wrong("the span has no spanId.")
    }
    id = ID(trace: trace, span: span)
    parent = try message.takeID("parentSpanId", bytes: 8).map { ID(trace: trace, span: $0) }
    self.line = line

    let name = try message.takeText("name") ?? "span"
    let start = try message.takeNumber("startTimeUnixNano")
    var data: [(String, JSONValue)] = [
      ("kind", .string(try message.takeCase("kind", Self.kinds, prefix: "SPAN_KIND_"))),
      ("start", start.map { .int($0) } ?? .null),
      ("end", try message.takeNumber("endTimeUnixNano").map { .int($0) } ?? .null),
      ("status", try Self.status(&message)),
      ("attributes", try message.takeAttributes()),
    ]
    var events: [JSONValue] = []
    for (i, event) in try message.takeList("events").enumerated() {
      events.append(try Self.event(event, at: "\(message.path(of: "events"))[\(i)]"))
    }
    var links: [JSONValue] = []
    for (i, link) in try message.takeList("links").enumerated() {
      links.append(try Self.link(link, at: "\(message.path(of: "links"))[\(i)]"))
    }
    data += [("events", .array(events)), ("links", .array(links))]
    guard start ?? 0 <= Int64.max else {
      throw message.wrong("the span begins after the year 2262.")
    }
    event = NewEvent(
      stream: service, type: name,
      data: try message.object(with: data).canonicalBytes,
      recordedAt: start.map { Timestamp(nanoseconds: Int64($0)) }, id: id.text,
      causation: parent.map { [$0.text] } ?? [], correlation: trace, metadata: metadata)
    do { try event.check() } catch { throw message.wrong("\(error)") }
  }

  private static func status(_ span: inout OTLPMessage) throws(OTLPError) -> JSONValue {
    let path = span.path(of: "status")
    var status = try OTLPMessage(try span.take("status") ?? .object([]), at: path)
    let code = try status.takeCase("code", statusCodes, prefix: "STATUS_CODE_")
    return try status.object(with: [("code", .string(code))])
  }

  private static func event(_ value: JSONValue, at path: String) throws(OTLPError) -> JSONValue {
    var event = try OTLPMessage(value, at: path)
    let time = try event.takeNumber("timeUnixNano")
    let attributes = try event.takeAttributes()
    return try event.object(
      with: [("time", time.map { .int($0) } ?? .null), ("attributes", attributes)])
  }

  /// A link names another span as events are named, by `id`.
  private static func link(_ value: JSONValue, at path: String) throws(OTLPError) -> JSONValue {
    var link = try OTLPMessage(value, at: path)
    guard let trace = try link.takeID("traceId", bytes: 16),
      let span = try link.takeID("spanId", bytes: 8)
    else { throw link.wrong("the link names no span.") }
    let attributes = try link.takeAttributes()
    let id = ID(trace: trace, span: span)
    return try link.object(with: [("id", .string(id.text)), ("attributes", attributes)])
  }
}

import EvlogCore
import EvlogJSON

/// Spans of OpenTelemetry, as lines of OTLP in JSON: what the collector's file exporter writes.
///
/// A span becomes an event of its service's stream, after its parent's. The parent is its cause; a parent that
/// is not in the input is named all the same.
package struct OTLPSource: InputSource {
  private var lines: InputLines
  package private(set) var inputBytes: UInt64 = 0
  private let defaultService: String?
  /// Whether spans at the end are left for later if their parents have not come.
  private let isGrowing: Bool

  private var order = SpanOrder()
  private var ready: ArraySlice<TraceSpan> = []
  private var isAtEnd = false

  package init(_ input: InputBytes, defaultService: String? = nil, isGrowing: Bool = false) {
    lines = InputLines(input)
    self.defaultService = defaultService
    self.isGrowing = isGrowing
  }

  package var input: InputBytes { lines.input }
  package var waitingCount: Int { isAtEnd && ready.isEmpty ? order.waitingCount : 0 }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    while true {
      if let span = ready.popFirst() {
        return SourceEvent(event: span.event, line: span.line, bytes: span.event.data)
      }
      if isAtEnd {
        if !isGrowing { ready = order.releaseOldest()[...] }
        if ready.isEmpty { return nil }
      } else if let line = try lines.next() {
        try read(line)
        inputBytes += UInt64(line.bytes.count) + 1
      } else {
        isAtEnd = true
      }
    }
  }

  private mutating func read(_ line: InputRecord) throws(SourceError) {
    let value: JSONValue
    do {
      // This says what a line is that is no object.
      _ = try JSONParser.members(of: line.bytes[...])
      value = try JSONParser.parse(line.bytes[...])
    } catch {
      let column = String(decoding: line.bytes.prefix(error.byte), as: UTF8.self).count + 1
      throw SourceError(
        input.name, .malformed(EventLine.whyNoObject(line, error)), line: line.number,
        column: column)
    }
    if let repeated = RepeatedKeys.first(in: line.bytes.span) {
      throw SourceError(
        input.name, .malformed("an object has the key '\(repeated.key)' twice."),
        line: line.number)
    }
    var spans: [TraceSpan] = []
    do { spans = try self.spans(value, line.number) } catch {
      throw SourceError(input.name, error.problem, line: line.number)
    }
    for span in spans { ready += order.add(span) }
  }

  private func spans(_ value: JSONValue, _ line: Int) throws(OTLPError) -> [TraceSpan] {
    var request = try OTLPMessage(value, at: "")
    var spans: [TraceSpan] = []
    for (i, value) in try request.takeList("resourceSpans").enumerated() {
      spans += try self.spans(ofResource: value, at: "resourceSpans[\(i)]", line)
    }
    // Logs and metrics may be in the same file; they are not spans, and must not be lost unseen.
    if let other = request.others.first {
      throw request.wrong("'\(other.0)' is not what a line of spans has, which is resourceSpans.")
    }
    return spans
  }

  private func spans(ofResource value: JSONValue, at path: String, _ line: Int) throws(OTLPError)
    -> [TraceSpan]
  {
    var group = try OTLPMessage(value, at: path)
    let described = try group.take("resource")
    let scopes = try group.takeList("scopeSpans")
    // What scopes were called before 2022.
    let libraries = try group.takeList("instrumentationLibrarySpans")
    guard !scopes.isEmpty || !libraries.isEmpty else { return [] }
    let resource = try OTLPMessage.plain(
      described, at: group.path(of: "resource"), beside: group.others)
    guard let service = resource["attributes"]?["service.name"]?.stringValue ?? defaultService
    else {
      throw OTLPError(problem: .noService)
    }
    var spans: [TraceSpan] = []
    for (list, name, scopeName) in [
      (scopes, "scopeSpans", "scope"),
      (libraries, "instrumentationLibrarySpans", "instrumentationLibrary"),
    ] {
      for (i, value) in list.enumerated() {
        var part = try OTLPMessage(value, at: "\(path).\(name)[\(i)]")
        let described = try part.take(scopeName)
        let values = try part.takeList("spans")
        let scope = try OTLPMessage.plain(
          described, at: part.path(of: scopeName), beside: part.others)
        let bytes = JSONValue.object([("resource", resource), ("scope", scope)]).canonicalBytes
        for (k, value) in values.enumerated() {
          spans.append(
            try TraceSpan(
              value, at: "\(part.path).spans[\(k)]", of: service, metadata: bytes, line: line))
        }
      }
    }
    return spans
  }
}

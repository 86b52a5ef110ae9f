import EvlogJSON
import EvlogSources
import EvlogStore
import Foundation
import SystemPackage
import Testing

/// Real events written in other formats, and read from them.
@Suite("Real data: other formats", .enabled(if: RealData.isThere, RealData.whySkipped))
struct FormatTests {
  private func events(
    _ text: String, _ source: (InputBytes) throws -> any InputSource
  ) throws -> [NewEvent] {
    let file = FileManager.default.temporaryDirectory.appending(path: "evlog-\(UUID().uuidString)")
    try Data(text.utf8).write(to: file)
    // A file that stays behind does no harm.
    defer { try? FileManager.default.removeItem(at: file) }
    let input = try InputBytes(file.path)
    defer { input.close() }
    var source = try source(input)
    var events: [NewEvent] = []
    while let event = try source.next() { events.append(event.event) }
    return events
  }

  @Test func tracesAsShiViz() throws {
    let data = try Dataset("ewd998")
    var log = ""
    var trace = ""
    for event in data.events {
      let parts = event.stream.split(separator: "/")
      if parts[0] != trace {
        trace = String(parts[0])
        log += "=== \(trace) ===\n"
      }
      let json = try JSONParser.parse(event.data[...])
      let clock = try #require(json["clock"]).canonicalText
      log += "\(parts[1]) \(clock)\n\(event.type) \(json.canonicalText)\n"
    }
    let pattern = try RecordPattern(#"^(?<host>\S*) (?<clock>{.*})\n(?<type>\w+) (?<event>.*)"#)
    let delimiter = try RecordPattern(delimiter: "^=== (?<trace>.*) ===$")
    let read = try events(log) {
      RecordSource($0, pattern: pattern, format: pattern, delimiter: delimiter)
    }
    #expect(read.count == data.events.count)
    for (new, old) in zip(read, data.events) {
      #expect(new.stream == old.stream && new.type == old.type)
      let (new, old) = (try JSONParser.parse(new.data[...]), try JSONParser.parse(old.data[...]))
      #expect(new["clock"] == old["clock"])
      #expect(new["event"]?.stringValue == old.canonicalText)
    }
  }

  @Test func registersAsHistories() throws {
    let data = try Dataset("jepsen-etcd")
    func edn(_ value: JSONValue?) -> String {
      switch value {
      case nil, .null: "nil"
      case .string(let text): ":\(text)"
      case .array(let values): "[\(values.map(edn).joined(separator: " "))]"
      case let value?: value.canonicalText
      }
    }
    var history = "["
    for (index, event) in data.events.enumerated() {
      let parts = event.type.split(separator: ".")
      let json = try JSONParser.parse(event.data[...])
      history +=
        "{:type :\(parts[1]), :f :\(parts[0]), :value \(edn(json["value"])), "
        + ":process \(edn(json["process"])), :index \(index)}\n"
    }
    let read = try events(history + "]") { JepsenSource($0) }
    #expect(read.count == data.events.count)
    for (index, (new, old)) in zip(read, data.events).enumerated() {
      let (data, expected) = (
        try JSONParser.parse(new.data[...]), try JSONParser.parse(old.data[...])
      )
      #expect(new.type.replacing("/", with: ".") == old.type)
      #expect(new.stream == "process-\(expected["process"]?.canonicalText ?? "")")
      #expect(data["value"] == expected["value"] ?? .null)
      #expect(data["index"] == .int(index))
    }
  }
}

import EvlogSources
import EvlogStore
import Foundation

/// An input with these bytes.
final class Input {
  let path: String

  init(_ bytes: [UInt8]) throws {
    path =
      FileManager.default.temporaryDirectory
      .appending(path: "evlog-sources-\(UUID().uuidString)").path
    try Data(bytes).write(to: URL(filePath: path))
  }

  convenience init(_ text: String) throws { try self.init(Array(text.utf8)) }

  // It may be gone already; nothing depends on it.
  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func fixture(_ name: String) throws -> Input {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try Input(
      Array(try Data(contentsOf: folder.appending(path: "Fixtures/imports/\(name)"))))
  }

  /// All events of a source that reads it.
  func events<Source: InputSource>(_ make: (InputBytes) throws -> Source) throws -> [SourceEvent] {
    var source = try make(try InputBytes(path))
    defer { source.input.close() }
    var events: [SourceEvent] = []
    while let event = try source.next() { events.append(event) }
    return events
  }

  /// What is wrong with it, without the name of the file; nil if nothing is.
  func error<Source: InputSource>(_ make: (InputBytes) throws -> Source) throws -> String? {
    do {
      _ = try events(make)
      return nil
    } catch let error as SourceError {
      return error.description.replacing(path, with: "input")
    }
  }
}

/// An event on one line, to compare it with what is expected.
func line(_ event: SourceEvent) -> String {
  let new = event.event
  var text = "\(event.line) \(new.stream) \(new.type) \(String(decoding: new.data, as: UTF8.self))"
  if let time = new.recordedAt { text += " @\(time)" }
  if let id = new.id { text += " id=\(id)" }
  if !new.causation.isEmpty { text += " causation=\(new.causation.joined(separator: ","))" }
  if let correlation = new.correlation { text += " correlation=\(correlation)" }
  if let metadata = new.metadata {
    text += " metadata=\(String(decoding: metadata, as: UTF8.self))"
  }
  return text
}

import EvlogStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of its own for one test, removed when the test lets go of it.
final class TemporaryFolder: Sendable {
  let path: FilePath

  /// `inMemory`: where syncing costs nothing, for tests that open a log thousands of times.
  init(inMemory: Bool = false) {
    let hasMemory = unsafe access("/dev/shm", W_OK) == 0
    let parent = inMemory && hasMemory ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/evlog-test-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = unsafe mkdtemp(base) else {
        preconditionFailure("no temporary folder: \(errno)")
      }
      return unsafe FilePath(String(cString: made))
    }
  }

  deinit {
    let command = "rm -rf '\(path)'"
    _ = unsafe command.withCString { unsafe system($0) }
  }

  var log: FilePath { path.appending("test.evlog") }
}

func json(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Every event of a log, in the order of a query.
func allEvents(_ log: EventLog, _ query: Query = Query()) throws -> [RecordedEvent] {
  var cursor = log.events(query).makeCursor()
  var events: [RecordedEvent] = []
  while let event = try cursor.next() { events.append(event) }
  return events
}

/// An event without the facts that depend on where its bytes are kept.
func content(_ event: RecordedEvent) -> [String] {
  [
    "\(event.offset)", event.stream, "\(event.revision)", event.type, "\(event.schemaVersion)",
    "\(event.recordedAt)", event.id ?? "-",
    event.causation.isEmpty ? "-" : event.causation.joined(separator: " "),
    event.correlation ?? "-",
    event.metadata.map { String(decoding: $0, as: UTF8.self) } ?? "-", event.contentType,
    event.data.map { String($0, radix: 16) }.joined(separator: " "), "\(event.beginsTurn)",
    event.turnID ?? "-",
  ]
}

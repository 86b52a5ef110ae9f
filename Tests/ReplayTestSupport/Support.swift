package import EvlogJSON
package import EvlogStore
package import EvlogTesting
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of its own for one test, removed when the test lets go of it.
package final class TemporaryFolder: Sendable {
  package let path: FilePath

  package init() {
    var template = Array("/tmp/evlog-test-XXXXXX".utf8CString)
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

  /// A new log of these events, in one turn.
  package func log(_ name: String, _ events: [NewEvent]) throws -> EventLog {
    let log = try EventLog.create(path.appending(name))
    if !events.isEmpty { try log.appendBlocking(Turn(events)) }
    return log
  }
}

extension NewEvent {
  /// An event with JSON data, at a time of its own.
  package init(
    _ type: String, _ data: String = "{}", in stream: String = "s", version: UInt32 = 1,
    at nanoseconds: Int64 = 0
  ) {
    self.init(
      stream: stream, type: type, data: Array(data.utf8), schemaVersion: version,
      recordedAt: Timestamp(nanoseconds: nanoseconds))
  }
}

/// A random value of JSON, with keys and texts that are hard on the unwary.
package func randomJSON(_ random: inout SeededGenerator, depth: Int = 4) -> JSONValue {
  let texts = [
    "", "a", "b", "id", "key", "é", "e\u{301}", "\u{0}", "\"\\/", "\u{1F600}", "__proto__", "1",
    "\u{FFFF}", "constructor",
  ]
  switch random.below(depth > 0 ? 9 : 6) {
  case 0: return .null
  case 1: return .bool(Bool.random(using: &random))
  case 2: return .int(Int64.random(in: .min ... .max, using: &random) >> Int64(random.below(64)))
  case 3:
    let double = Double(bitPattern: random.next())
    return JSONNumber(double).map(JSONValue.number) ?? .int(random.below(3))
  case 4, 5: return .string(texts[random.below(texts.count)])
  case 6: return .array((0..<random.below(5)).map { _ in randomJSON(&random, depth: depth - 1) })
  case 7:
    return .array(
      (0..<random.below(5)).map { i in
        .object([
          ("id", .int(i * 3)), ("value", randomJSON(&random, depth: depth - 1)),
        ])
      })
  default:
    return .object(
      (0..<random.below(5)).map { _ in
        (texts[random.below(texts.count)], randomJSON(&random, depth: depth - 1))
      })
  }
}

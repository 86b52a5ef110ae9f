import EvlogAnswers
import EvlogCore
import EvlogJSON

/// An event as `read` prints it, but for payloads that are too long for a list.
enum EventShape {
  /// Data with more bytes than this is shown by its beginning.
  static let dataLimit = 4096

  static func json(_ event: RecordedEvent) -> JSONValue {
    guard event.data.count > dataLimit || event.metadata?.count ?? 0 > dataLimit else {
      // A line of our own making is JSON.
      return JSONValue(validating: event.ndjson[...]) ?? .null
    }
    var short = event
    short.data = []
    short.metadata = nil
    guard case .object(let object)? = JSONValue(validating: short.ndjson[...]) else { return .null }
    return .object(
      object.members.map { ($0.key, $0.value) } + [
        ("dataBytes", .int(event.data.count)),
        ("dataPreview", .string(String(decoding: event.data.prefix(400), as: UTF8.self))),
        ("metadataBytes", event.metadata.map { .int($0.count) } ?? .null),
      ])
  }

  /// The bytes of a payload, as a text if they are one, and in hexadecimal digits.
  static func bytes(_ bytes: ArraySlice<UInt8>) -> JSONValue {
    let shown = bytes.prefix(shownBytes)
    let digits = shown.flatMap { byte -> [UInt8] in
      let digits = Array("0123456789abcdef".utf8)
      return [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return .object([
      ("bytes", .int(bytes.count)), ("leftOut", .int(bytes.count - shown.count)),
      ("text", String(validating: shown, as: UTF8.self).map { .string($0) } ?? .null),
      ("hex", .string(String(decoding: digits, as: UTF8.self))),
    ])
  }

  /// So many bytes of a payload are shown.
  private static let shownBytes = 16 << 10
}

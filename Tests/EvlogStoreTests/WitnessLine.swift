import EvlogStore

#if canImport(Glibc)
  import Glibc
#endif

/// The exit code of a shell command.
func run(_ command: String) -> Int32 {
  (unsafe command.withCString { unsafe system($0) }) >> 8
}

func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A JSON string as Python's `json.dumps` writes it.
private func quoted(_ text: String) -> String {
  var result = "\""
  for unit in text.utf16 {
    switch unit {
    case 0x22: result += "\\\""
    case 0x5C: result += "\\\\"
    case 0x0A: result += "\\n"
    case 0x0D: result += "\\r"
    case 0x09: result += "\\t"
    case 0x20...0x7E: result += String(UnicodeScalar(UInt8(unit)))
    default:
      let digits = String(unit, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
  }
  return result + "\""
}

/// The line that `Tools/read_log.py` prints for an event.
func witnessLine(_ e: RecordedEvent) -> String {
  var fields = [
    "\"offset\": \(e.offset)", "\"stream\": \(quoted(e.stream))", "\"type\": \(quoted(e.type))",
    "\"revision\": \(e.revision)", "\"time_ns\": \(e.recordedAt.nanoseconds)",
  ]
  if let turn = e.turnID { fields.append("\"turn\": \(quoted(turn))") }
  if let id = e.id { fields.append("\"id\": \(quoted(id))") }
  let causes = e.causation.map(quoted).joined(separator: ", ")
  if !e.causation.isEmpty {
    fields.append("\"causation\": \(e.causation.count > 1 ? "[\(causes)]" : causes)")
  }
  if let correlation = e.correlation { fields.append("\"correlation\": \(quoted(correlation))") }
  fields.append("\"contentType\": \(quoted(e.contentType))")
  fields.append("\"schemaVersion\": \(e.schemaVersion)")
  fields.append("\"beginsTurn\": \(e.beginsTurn)")
  fields.append("\"data_hex\": \"\(hex(e.data))\"")
  if let metadata = e.metadata { fields.append("\"metadata_hex\": \"\(hex(metadata))\"") }
  return "{" + fields.joined(separator: ", ") + "}"
}

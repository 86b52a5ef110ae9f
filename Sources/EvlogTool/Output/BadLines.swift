import EvlogJSON
import EvlogSources
import EvlogStore
import SystemPackage

/// The file to which an import sets aside what it refuses: a line of JSON for each record, with the reason.
final class BadLines {
  /// How a record of a file begins, and a row of a table.
  private static let beginnings = [#"{"line":"#, #"{"row":"#]
  private let file: OutputFile
  private(set) var first: SourceError?

  /// A file of an earlier run is replaced; one that looks otherwise is refused.
  init(_ name: String) throws {
    if PathKind(name) == .file {
      let bytes = try FileBytes(FilePath(name)).readFirst(8)
      guard bytes.isEmpty || Self.beginnings.contains(where: { bytes.starts(with: $0.utf8) })
      else {
        throw Failure.usage(
          "--bad-lines \(name): there is already a file of another kind, which is left as it is. "
            + "Name another file.")
      }
    }
    file = try OutputFile(name, replacing: true)
  }

  func add(_ error: SourceError) throws {
    first = first ?? error
    var bytes: [UInt8] = []
    if let row = error.row {
      bytes += "{\"row\":\(row)".utf8
    } else {
      bytes.append("{\"line\":")
      bytes.append(decimal: UInt64(error.line ?? 0))
      bytes.append(",\"column\":")
      bytes.append(decimal: UInt64(error.column ?? 1))
    }
    bytes.append(",\"reason\":")
    JSONValue.write(Words.reason(error), to: &bytes)
    let record = error.record ?? []
    if let text = String(validating: record, as: UTF8.self) {
      bytes.append(",\"text\":")
      JSONValue.write(text, to: &bytes)
    } else {
      bytes.append(",\"text64\":\"")
      bytes += Base64.encode(record[...]).utf8
      bytes.append("\"")
    }
    bytes.append("}\n")
    try file.write(bytes)
  }

  func finish() throws { try file.finish() }
}

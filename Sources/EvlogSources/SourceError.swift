/// Why an input cannot be imported, and where.
///
/// Its description knows no verb and no option: a program that has some words `problem` itself.
package struct SourceError: Error, Sendable, Hashable {
  /// What is wrong. The texts are sentences for people.
  package enum Problem: Sendable, Hashable {
    /// There is no such file, or it may not be read: what the system says.
    case notOpened(String)
    /// The system did not read on: what it says.
    case notRead(String)
    /// It is compressed, and the compression is damaged or ends early.
    case notWhole(Compression, String)
    /// Something in it is not what the format allows.
    case malformed(String)
    /// There is text in which no record was found: how it begins.
    case unmatched(String)
    /// A line has a field that events do not have.
    case unknownField(String)
    /// An event names no stream, and there is none for those that do not.
    case noStream
    /// Others write to a table, and rows may still come before those that are there.
    case unsettled
    /// The record has no key, and it is not known which columns are the key.
    case noKey
    /// The events of a transaction are not all there, or not together.
    case brokenTransaction(String)
    /// The spans of a line belong to no service.
    case noService
    /// A type or a stream has a name that only evlog gives.
    case ownName(String, of: OwnName)
  }

  /// How bytes are compressed.
  package enum Compression: String, Sendable {
    case gzip
    case zstd = "Zstandard"
  }

  /// What can have a name that only evlog gives.
  package enum OwnName: String, Sendable { case type, stream }

  /// The input's name, for people.
  package let input: String
  /// From 1.
  package let line: Int?
  /// In characters, from 1.
  package let column: Int?
  /// The row of a table, by the column that orders its rows.
  package let row: Int64?
  package let problem: Problem
  /// The bytes that are refused, if what follows them can be read all the same.
  package private(set) var record: [UInt8]?

  package init(
    _ input: String, _ problem: Problem, line: Int? = nil, column: Int? = nil, row: Int64? = nil,
    record: [UInt8]? = nil
  ) {
    self.input = input
    self.problem = problem
    self.line = line
    self.column = column
    self.row = row
    self.record = record
  }

  /// The input, the row or the line and the column, as far as they are known.
  package var place: String {
    input + (row.map { ", row \($0)" } ?? "") + (line.map { ", line \($0)" } ?? "")
      + (column.map { ", column \($0)" } ?? "")
  }
}

extension SourceError: CustomStringConvertible {
  package var description: String {
    switch problem {
    case .notOpened(let reason): "The file cannot be read: \(input): \(reason)"
    case .notRead(let reason): "\(input) cannot be read: \(reason)"
    case .notWhole(let compression, let reason):
      "\(input) is not whole \(compression.rawValue): \(reason)."
    case .malformed(let message): "\(place): \(message)"
    case .unmatched(let text):
      "\(place): no record begins in '\(text)'."
    case .unknownField(let name):
      "\(place): '\(name)' is not a field of an event. There are \(EventLine.fieldList)."
    case .unsettled:
      "Writers to \(input) have not ended, and may still add rows before those that are there. Nothing was read; "
        + "read it again later, or wait longer."
    case .noStream: "\(place): 'stream' is missing."
    case .noKey: "\(place): the record has no key."
    case .brokenTransaction(let message): "\(place): \(message)"
    case .noService: "\(place): the resource has no service.name."
    case .ownName(let name, let kind):
      "\(place): the \(kind) '\(name)' is one of evlog's own (evlog.…)."
    }
  }
}

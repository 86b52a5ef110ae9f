import ArgumentParser
import EvlogCore
import EvlogJSON
import EvlogStore

/// The formats that `export` writes.
enum ExportFormat: String, ExpressibleByArgument, CaseIterable {
  case ndjson, csv, cloudevents, shiviz, itf

  /// Whether `import` makes the same log of it.
  var isWhole: Bool { self == .ndjson || self == .csv || self == .cloudevents }

  func writer(of log: EventLog) -> any EventWriter {
    switch self {
    case .ndjson: NDJSONWriter()
    case .csv: CSVWriter()
    case .cloudevents: CloudEventWriter(of: log)
    case .shiviz: ShiVizWriter()
    case .itf: ITFWriter(of: log)
    }
  }
}

/// Writes events in some format, one after the other.
protocol EventWriter {
  mutating func begin(_ bytes: inout [UInt8])
  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) throws
  mutating func end(_ bytes: inout [UInt8])
  /// What could not be written.
  var remarks: [String] { get }
}

extension EventWriter {
  mutating func begin(_ bytes: inout [UInt8]) {}
  mutating func end(_ bytes: inout [UInt8]) {}
  var remarks: [String] { [] }
}

/// Lines of JSON, as `read --ndjson` prints them.
struct NDJSONWriter: EventWriter {
  mutating func write(_ event: borrowing EventView, log: String?, to bytes: inout [UInt8]) {
    event.appendNDJSON(to: &bytes, log: log)
    bytes.append(0x0A)
  }
}

import EvlogCore
import EvlogJSON

/// Where exported lines go: standard output or a file, compressed or as they are.
final class ExportSink {
  private let file: OutputFile?
  private var writer: any EventWriter
  private let deflater: Deflater?
  /// Lines that are not yet compressed: many at once are faster than each by itself.
  private var pending: [UInt8] = []
  /// How many bytes the lines have, and how many were written.
  private(set) var lineBytes: UInt64 = 0
  private(set) var writtenBytes: UInt64 = 0

  var remarks: [String] { writer.remarks }
  var isStandardOutput: Bool { file == nil }

  /// A file whose name ends in `.gz` is compressed; no name, or `-`, is standard output.
  init(_ name: String?, _ writer: any EventWriter, compressed: Bool, replacing: Bool) throws {
    let name = name == "-" ? nil : name
    deflater = compressed || name?.hasSuffix(".gz") == true ? try Deflater() : nil
    file = try name.map { try OutputFile($0, replacing: replacing) }
    self.writer = writer
    self.writer.begin(&pending)
    lineBytes = UInt64(pending.count)
  }

  func write(_ event: borrowing EventView, log: String?) throws {
    let before = pending.count
    try writer.write(event, log: log, to: &pending)
    lineBytes += UInt64(pending.count - before)
    if pending.count >= 1 << 16 { try putPending() }
  }

  func finish() throws {
    let before = pending.count
    writer.end(&pending)
    lineBytes += UInt64(pending.count - before)
    try putPending()
    if let deflater { try put(deflater.finish()) }
    try file?.finish()
    if file == nil { Output.standard.flush() }
  }

  private func putPending() throws {
    try put(deflater?.deflate(pending) ?? pending)
    pending.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: [UInt8]) throws {
    guard !bytes.isEmpty else { return }
    writtenBytes += UInt64(bytes.count)
    if let file {
      try file.write(bytes)
    } else if deflater == nil {
      Output.standard.json(bytes)
    } else {
      Output.standard.write(bytes: bytes)
    }
  }
}

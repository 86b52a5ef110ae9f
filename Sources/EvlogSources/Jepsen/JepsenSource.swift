package import EvlogStore

/// The operations of a Jepsen history, in EDN: one after the other, or in a vector or list.
///
/// An operation becomes an event of its process's stream, `process-3` or `nemesis`. Its type is `:f` and
/// `:type`, as in `read/invoke`; all other entries are its data.
package struct JepsenSource: InputSource {
  /// A larger operation is none that a log would take.
  private static let operationLimit = 64 << 20

  package private(set) var input: InputBytes
  package private(set) var inputBytes: UInt64 = 0
  /// What the times of the operations are counted from; nil if that is not known.
  private let since: Timestamp?

  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  /// The collection that the operations are in: what closes it, and the line on which it begins.
  private var opened: (closing: UInt8, line: Int)?
  /// The line of a byte of the buffer: so far, lines were counted.
  private var counted = (byte: 0, line: 1)

  package init(_ input: InputBytes, since: Timestamp? = nil) {
    self.input = input
    self.since = since
  }

  package mutating func next() throws(SourceError) -> SourceEvent? {
    while true {
      let item: Item
      do { item = try read() } catch {
        if error.message != nil || isAtEnd { throw self.error(error) }
        try fill()
        continue
      }
      switch item {
      case .operation(let value, let line):
        let event = try event(value, line)
        return SourceEvent(event: event, line: line, bytes: event.data)
      case .bracket: continue
      case .end: return nil
      }
    }
  }

  // MARK: Reading

  private enum Item {
    case operation(EDNValue, line: Int)
    /// The collection that the operations are in begins or ends.
    case bracket
    case end
  }

  /// Reads what comes next, if all of it is in the buffer.
  private mutating func read() throws(EDNReader.Failure) -> Item {
    var reader = EDNReader(buffer, at: position, isWhole: isAtEnd)
    guard let first = try reader.skip() else {
      if let opened {
        throw reader.failure("the history that begins on line \(opened.line) has no end")
      }
      return .end
    }
    let start = reader.position
    var item = Item.bracket
    switch (first, opened) {
    case (let byte, let opened?) where byte == opened.closing:
      reader.advance()
      self.opened = nil
    case (UInt8(ascii: "["), nil), (UInt8(ascii: "("), nil):
      reader.advance()
      let closing = first == UInt8(ascii: "[") ? UInt8(ascii: "]") : UInt8(ascii: ")")
      opened = (closing, line(of: start))
    default:
      let value = try reader.value(first)
      item = .operation(value, line: line(of: start))
    }
    inputBytes += UInt64(reader.position - position)
    position = reader.position
    return item
  }

  private mutating func fill() throws(SourceError) {
    let left = buffer.count - position
    guard left <= Self.operationLimit else {
      throw SourceError(
        input.name,
        .malformed("the operation has more than \(Self.operationLimit >> 20) MiB."),
        line: line(of: position))
    }
    counted = (0, line(of: position))
    buffer.removeFirst(position)
    position = 0
    // What did not end is read again from its beginning: not before there is twice as much of it.
    repeat {
      isAtEnd = try !input.read(into: &buffer)
    } while !isAtEnd && buffer.count < 2 * left
  }

  private mutating func line(of byte: Int) -> Int {
    if byte > counted.byte {
      counted.line += buffer[counted.byte..<byte].count { $0 == 0x0A }
      counted.byte = byte
    }
    return counted.line
  }

  private mutating func error(_ failure: EDNReader.Failure) -> SourceError {
    let line = line(of: failure.byte)
    let start = buffer[..<failure.byte].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = String(decoding: buffer[start..<failure.byte], as: UTF8.self).count + 1
    let message = failure.message ?? "the input ends inside of what begins here"
    return SourceError(input.name, .malformed("\(message)."), line: line, column: column)
  }

  // MARK: Operations

  private func event(_ value: EDNValue, _ line: Int) throws(SourceError) -> NewEvent {
    func wrong(_ message: String) -> SourceError {
      SourceError(input.name, .malformed(message), line: line)
    }
    let entries = try operation(value, line)
    func entry(_ name: String) -> EDNValue? {
      entries.first { $0.key == .keyword(name) }?.value
    }
    guard let type = entry("type")?.name else {
      throw wrong("the operation has no :type, such as :invoke or :ok.")
    }
    let function: String? =
      switch entry("f") {
      case nil, .null: nil
      case let f?: f.name ?? f.canonicalText
      }
    let stream: String? =
      switch entry("process") {
      case .integer(let number): "process-\(number)"
      case let process: process?.name
      }
    guard let stream else { throw wrong("the operation has no :process, a number or a name.") }
    var data: [UInt8] = []
    do {
      let rest = entries.filter { $0.key != .keyword("type") && $0.key != .keyword("f") }
      try EDNValue.writeJSON(rest, to: &data)
    } catch { throw wrong("two keys of a map are '\(error.name)' in JSON.") }
    let event = NewEvent(
      stream: stream, type: function.map { "\($0)/\(type)" } ?? type, data: data,
      recordedAt: try time(entry("time"), line))
    do { try event.check() } catch { throw wrong("\(error)") }
    return event
  }

  /// The entries of an operation: a map, or the record that Jepsen has for one.
  private func operation(_ value: EDNValue, _ line: Int) throws(SourceError) -> [EDNValue.Entry] {
    switch value {
    case .map(let entries): return entries
    case .tagged(let tag, .map(let entries)) where tag.hasSuffix(".Op"): return entries
    default:
      throw SourceError(
        input.name,
        .malformed("an operation must be a map, as in {:process 0, :type :invoke, :f :read}."),
        line: line)
    }
  }

  private func time(_ value: EDNValue?, _ line: Int) throws(SourceError) -> Timestamp? {
    guard let since, let value, value != .null else { return nil }
    guard case .integer(let text) = value, let passed = Int64(text) else {
      throw SourceError(
        input.name, .malformed(":time is not a number of nanoseconds."), line: line)
    }
    let (nanoseconds, isTooLarge) = since.nanoseconds.addingReportingOverflow(passed)
    guard !isTooLarge else {
      throw SourceError(
        input.name, .malformed(":time \(text) leads beyond the year 2262."), line: line)
    }
    return Timestamp(nanoseconds: nanoseconds)
  }
}

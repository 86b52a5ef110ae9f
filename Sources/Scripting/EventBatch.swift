#if JavaScript
  import EventLog
  import Replay

  /// Events on their way into a script: their numbers in memory that the script sees, all else as one
  /// JSON text, which it parses at once.
  ///
  /// Payloads go in as they are. Those with whole numbers that a double does not hold exactly go in as
  /// strings, which the script reads number by number. The name of a stream or type goes in once.
  @safe struct EventBatch: ~Copyable {
    /// How many events a batch has at most.
    static let limit = 1000
    /// How many numbers an event has: its offset, revision, schema version, seconds, nanoseconds, the
    /// numbers of its stream and type, and the form of its payload beside the place of its rest.
    static let fields = 8
    /// So many names are kept on either side before both begin anew.
    private static let nameLimit = 1 << 17

    let numbers: UnsafeMutablePointer<Double>
    private var names = NameTable()
    /// The JSON text, an array: the names that are new, the payloads, and the rest of what events have.
    private(set) var text = UTF16Text()
    /// How many events it has.
    private(set) var count = 0
    /// Whether the names of earlier batches mean nothing any more.
    private(set) var forgets = false
    /// The array of what few events have, as far as it goes.
    private var rest: [UInt8] = []
    private var restCount = 0
    /// The numbers of the events' streams, in the batch that is being filled.
    private var streams: [Int] = []
    private var types: [Int] = []
    private var hasNewName = false
    /// By the numbers that names have in a block, those that they have here.
    private var numbersInBlock: [Int] = []

    init() {
      unsafe numbers = .allocate(capacity: Self.limit * Self.fields)
      unsafe numbers.initialize(repeating: 0, count: Self.limit * Self.fields)
    }

    deinit { unsafe numbers.deallocate() }

    /// The offset of one of its events.
    func offset(_ i: Int) -> UInt64 { unsafe UInt64(numbers[i * Self.fields]) }

    /// Takes some events in the place of those before: those whose stream is in a part of them all.
    mutating func fill(_ events: ArraySlice<RecordedEvent>, of part: KeyPart? = nil) {
      let events = part.map { part in events.filter { part.contains($0.stream) }[...] } ?? events
      begin()
      let hashes = events.map { hash64($0.stream) }
      for (i, event) in events.enumerated() {
        if i.isMultiple(of: NameTable.prefetchCount) {
          names.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
        }
        streams.append(number(of: event.stream.utf8Span.span, hash: hashes[i]))
        types.append(number(of: event.type.utf8Span.span, hash: hash64(event.type)))
      }
      text.append(UInt8(ascii: "]"))
      for (i, event) in events.enumerated() {
        add(
          Envelope(
            offset: event.offset, revision: event.revision, schemaVersion: event.schemaVersion,
            time: event.recordedAt, stream: streams[i], type: types[i]),
          event.data.span, isJSON: Self.isJSON(event.contentType))
        if Self.hasRest(event) { addRest(event) }
      }
      finish()
    }

    /// Takes some events of a block in the place of those before: those whose stream is in a part of them
    /// all.
    mutating func fill(
      _ block: borrowing EventBlock, _ places: Range<Int>, of part: KeyPart? = nil
    ) {
      begin()
      let hashes = block.nameNumbers.map { hash64(block.name($0)) }
      numbersInBlock.removeAll(keepingCapacity: true)
      for i in block.nameNumbers {
        if i.isMultiple(of: NameTable.prefetchCount) {
          names.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
        }
        numbersInBlock.append(number(of: block.name(i), hash: hashes[i]))
      }
      let isInPart = part.map { part in block.nameNumbers.map { part.contains(block.name($0)) } }
      text.append(UInt8(ascii: "]"))
      for i in places {
        let event = block[i]
        if let isInPart, !isInPart[event.streamNumber] { continue }
        add(
          Envelope(
            offset: event.offset, revision: event.revision, schemaVersion: event.schemaVersion,
            time: event.recordedAt, stream: numbersInBlock[event.streamNumber],
            type: numbersInBlock[event.typeNumber]),
          event.data, isJSON: event.isPlain || Self.isJSON(event.contentType))
        if !event.isPlain { addRest(RecordedEvent(event)) }
      }
      finish()
    }

    /// What every event has beside its payload.
    private struct Envelope {
      let offset: UInt64
      let revision: UInt64
      let schemaVersion: UInt32
      let time: Timestamp
      let stream: Int
      let type: Int
    }

    /// Begins the text and its array of names.
    private mutating func begin() {
      forgets = names.count > Self.nameLimit
      if forgets { names.removeAll() }
      count = 0
      restCount = 0
      rest.removeAll(keepingCapacity: true)
      streams.removeAll(keepingCapacity: true)
      types.removeAll(keepingCapacity: true)
      hasNewName = false
      text.removeAll()
      text.append("[[")
    }

    private mutating func number(of name: Span<UInt8>, hash: UInt64) -> Int {
      let known = names.count
      let number = names.add(name, hash: hash)
      if names.count > known {
        if hasNewName { text.append(UInt8(ascii: ",")) }
        hasNewName = true
        appendQuoted(name)
      }
      return number
    }

    /// Adds an event.
    private mutating func add(_ envelope: Envelope, _ data: Span<UInt8>, isJSON: Bool) {
      text.append(UInt8(ascii: ","))
      let form = append(data, isJSON: isJSON)
      let (seconds, part) = envelope.time.nanoseconds.quotientAndRemainder(
        dividingBy: 1_000_000_000)
      let isBefore = part < 0
      let place = unsafe numbers + count &* Self.fields
      unsafe place[0] = Double(envelope.offset)
      unsafe place[1] = Double(envelope.revision)
      unsafe place[2] = Double(envelope.schemaVersion)
      unsafe place[3] = Double(isBefore ? seconds - 1 : seconds)
      unsafe place[4] = Double(isBefore ? part + 1_000_000_000 : part)
      unsafe place[5] = Double(envelope.stream)
      unsafe place[6] = Double(envelope.type)
      unsafe place[7] = Double(form.rawValue)
      count &+= 1
    }

    private mutating func append(_ data: Span<UInt8>, isJSON: Bool) -> Form {
      guard isJSON else {
        text.append("[\(data.indices.map { String(data[$0]) }.joined(separator: ","))]")
        return .bytes
      }
      // No data at all is an object without members, as it is for compiled machines.
      if data.isEmpty {
        text.append("{}")
        return .json
      }
      do throws(JSONParser.Failure) {
        if try JSONParser.check(data) {
          appendQuoted(data)
          return .exactText
        }
        text.append(utf8: data)
        return .json
      } catch {
        appendQuoted("\(error)".utf8Span.span)
        return .malformed
      }
    }

    /// Appends what is known to be UTF-8, as a JSON string.
    private mutating func appendQuoted(_ bytes: Span<UInt8>) {
      var quoted: [UInt8] = []
      JSONValue.write(unsafe String(copying: UTF8Span(unchecked: bytes)), to: &quoted)
      text.append(utf8: quoted.span)
    }

    private mutating func finish() {
      let rest = rest
      text.append(",[")
      text.append(utf8: rest.span)
      text.append("]]")
    }

    private static func isJSON(_ contentType: String) -> Bool {
      contentType == RecordedEvent.jsonContentType || contentType.hasSuffix("+json")
        || contentType == "text/json"
    }

    /// Whether an event has more than most have.
    private static func hasRest(_ event: RecordedEvent) -> Bool {
      event.id != nil || event.causation != nil || event.correlation != nil || event.metadata != nil
        || event.contentType != RecordedEvent.jsonContentType
    }

    /// Adds the rest of the event that was added last.
    private mutating func addRest(_ event: RecordedEvent) {
      if restCount > 0 { rest.append(UInt8(ascii: ",")) }
      rest.append(UInt8(ascii: "["))
      for text in [event.id, event.causation, event.correlation, event.contentType] {
        if let text { JSONValue.write(text, to: &rest) } else { rest += "null".utf8 }
        rest.append(UInt8(ascii: ","))
      }
      let form = Self.append(event.metadata, to: &rest)
      rest += ",\(form.rawValue)]".utf8
      restCount += 1
      unsafe numbers[count &* Self.fields - 1] += Double(4 * restCount)
    }

    private static func append(_ metadata: ArraySlice<UInt8>?, to bytes: inout [UInt8]) -> Form {
      guard let metadata else {
        bytes += "null".utf8
        return .json
      }
      guard let isExact = try? JSONParser.check(metadata) else {
        bytes += "[\(metadata.map { String($0) }.joined(separator: ","))]".utf8
        return .bytes
      }
      if isExact {
        JSONValue.write(String(decoding: metadata, as: UTF8.self), to: &bytes)
        return .exactText
      }
      bytes += metadata
      return .json
    }

    /// The forms in which the sandbox's `value` takes a payload.
    private enum Form: Int {
      case json = 0
      case exactText = 1
      case bytes = 2
      case malformed = 3
    }
  }
#endif

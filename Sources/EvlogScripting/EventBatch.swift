#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  /// Events on their way into a script: their numbers in memory that the script sees, all else as one
  /// JSON text, which it parses at once.
  ///
  /// Payloads that are written alike go in value by value; see ``EventShapes``. Others go in as they are, and
  /// those with whole numbers that a double does not hold exactly as strings, which the script reads number by
  /// number. The name of a stream or type goes in once.
  @safe struct EventBatch: ~Copyable {
    /// How many events a batch has at most.
    static let limit = 1000
    /// How many bytes of payload a batch has at most, unless one event alone has more: the script holds the text
    /// of a batch beside what it makes of it.
    static let byteLimit = 8 << 20
    /// How many numbers an event has: its offset, revision, schema version, seconds, nanoseconds, the
    /// numbers of its stream and type, the form of its payload beside the place of its rest, where the payload
    /// is, and its shape.
    static let fields = 10
    /// After the numbers of so many events come how many events there are, and whether they are of a group of logs.
    static let numberCount = limit * fields + 2
    /// At most this many names are kept on either side before both start again.
    private static let nameLimit = 1 << 17

    let numbers: UnsafeMutablePointer<Double>
    private var names = NameTable()
    /// The values, and after them what is new among names and texts, and the rest of what events have.
    private var values = BatchValues()
    private var shapes = EventShapes()
    /// The array of names that are new.
    private var newNames = UTF16Text()
    /// How many events it has.
    private(set) var count = 0
    /// Whether the names of earlier batches mean nothing any more.
    private(set) var forgets = false
    /// Whether the script knows this; a batch without events does not reach it.
    private var isTold = true
    /// The array of what few events have, as far as it goes.
    private var rest: [UInt8] = []
    private var restCount = 0
    /// The numbers of the events' streams, in the batch that is being filled.
    private var streams: [Int] = []
    private var types: [Int] = []
    /// By the numbers that names have in a block, those that they have here; -1 where they are not needed.
    private var numbersInBlock: [Int] = []

    init() {
      unsafe numbers = .allocate(capacity: Self.numberCount)
      unsafe numbers.initialize(repeating: 0, count: Self.numberCount)
    }

    deinit { unsafe numbers.deallocate() }

    /// The JSON text.
    var text: UTF16Text { _read { yield values.text } }

    /// The values of payloads that have a shape.
    var slots: UnsafeMutablePointer<Double> { unsafe shapes.slots }

    /// An array of the functions that make payloads of shapes which the script does not know yet, if any.
    var newFunctions: String? { shapes.newFunctions }

    /// The script knows those functions now.
    mutating func tellFunctions() { shapes.tellFunctions() }

    /// The script gets this batch.
    mutating func tell() { isTold = true }

    /// The offset of one of its events.
    func offset(_ i: Int) -> Offset {
      unsafe Offset(UInt64(exactly: numbers[i * Self.fields]) ?? 0)
    }

    /// How many of some events are a batch, where `size` says how many bytes the n-th of them has.
    static func count(of events: Int, _ size: (Int) -> Int) -> Int {
      var (count, bytes) = (0, 0)
      while count < min(events, limit) {
        bytes += size(count)
        guard count == 0 || bytes <= byteLimit else { break }
        count += 1
      }
      return count
    }

    /// Takes some events in the place of those before: those whose stream is in a part of them all.
    mutating func fill(_ events: ArraySlice<RecordedEvent>, of part: KeyPart? = nil) {
      let events = part.map { part in events.filter { part.contains($0.stream) }[...] } ?? events
      begin()
      unsafe numbers[Self.numberCount - 1] = events.first?.log == nil ? 0 : 1
      let hashes = events.map { hash64($0.stream) }
      for (i, event) in events.enumerated() {
        if i.isMultiple(of: NameTable.prefetchCount) {
          names.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
        }
        streams.append(number(of: event.stream.utf8Span.span, hash: hashes[i]))
        types.append(number(of: event.type.utf8Span.span, hash: hash64(event.type)))
      }
      for (i, event) in events.enumerated() {
        add(
          Envelope(
            offset: event.offset, revision: event.revision, schemaVersion: event.schemaVersion,
            time: event.recordedAt, stream: streams[i], type: types[i]),
          event.data.span, isJSON: Self.isJSON(event.contentType),
          type: shapes.number(ofType: event.type.utf8Span.span))
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
      unsafe numbers[Self.numberCount - 1] = block.isOfGroup ? 1 : 0
      let isInPart = part.map { part in block.nameNumbers.map { part.contains(block.name($0)) } }
      numberNames(of: block, places, isInPart)
      let firstType = block.typeNumbers.lowerBound
      let typeShapes = block.typeNumbers.map { shapes.number(ofType: block.name($0)) }
      for i in places {
        let event = block[i]
        if let isInPart, !isInPart[event.streamNumber] { continue }
        add(
          Envelope(
            offset: event.offset, revision: event.revision, schemaVersion: event.schemaVersion,
            time: event.recordedAt, stream: numbersInBlock[event.streamNumber],
            type: numbersInBlock[event.typeNumber]),
          event.data, isJSON: event.isPlain || Self.isJSON(event.contentType),
          type: typeShapes[event.typeNumber - firstType])
        if !event.isPlain { addRest(RecordedEvent(event)) }
      }
      finish()
    }

    /// Finds the numbers of the names in events of a block. Events that are not handed over have no names that
    /// the script knows.
    private mutating func numberNames(
      of block: borrowing EventBlock, _ places: Range<Int>, _ isInPart: [Bool]?
    ) {
      let hashes = block.nameNumbers.map { hash64(block.name($0)) }
      numbersInBlock.removeAll(keepingCapacity: true)
      numbersInBlock.append(contentsOf: repeatElement(-1, count: hashes.count))
      for (i, place) in places.enumerated() {
        if i.isMultiple(of: NameTable.prefetchCount) {
          let next = i..<min(i + NameTable.prefetchCount, places.count)
          names.prefetch(next.map { hashes[block[places.lowerBound + $0].streamNumber] }[...])
        }
        let event = block[place]
        if let isInPart, !isInPart[event.streamNumber] { continue }
        number(event.streamNumber, of: block, hashes)
        number(event.typeNumber, of: block, hashes)
      }
    }

    private mutating func number(_ name: Int, of block: borrowing EventBlock, _ hashes: [UInt64]) {
      guard numbersInBlock[name] < 0 else { return }
      numbersInBlock[name] = number(of: block.name(name), hash: hashes[name])
    }

    /// What every event has beside its payload.
    private struct Envelope {
      let offset: Offset
      let revision: Revision
      let schemaVersion: UInt32
      let time: Timestamp
      let stream: Int
      let type: Int
    }

    private mutating func begin() {
      let isFull = names.count > Self.nameLimit || shapes.isFull
      forgets = isFull || forgets && !isTold
      isTold = false
      if isFull { names.removeAll() }
      shapes.begin(forgets: isFull)
      count = 0
      restCount = 0
      rest.removeAll(keepingCapacity: true)
      streams.removeAll(keepingCapacity: true)
      types.removeAll(keepingCapacity: true)
      values.removeAll()
      newNames.removeAll()
      newNames.append(UInt8(ascii: "["))
    }

    private mutating func number(of name: Span<UInt8>, hash: UInt64) -> Int {
      let known = names.count
      let number = names.add(name, hash: hash)
      if names.count > known {
        if newNames.count > 1 { newNames.append(UInt8(ascii: ",")) }
        newNames.append(quoting: name)
      }
      return number
    }

    /// Adds an event; `type` is its type's number among those that have shapes.
    private mutating func add(
      _ envelope: Envelope, _ data: Span<UInt8>, isJSON: Bool, type: Int
    ) {
      let (seconds, part) = envelope.time.nanoseconds.quotientAndRemainder(
        dividingBy: 1_000_000_000)
      let isBefore = part < 0
      let place = unsafe numbers + count &* Self.fields
      unsafe place[0] = Double(UInt64(envelope.offset))
      unsafe place[1] = Double(UInt64(envelope.revision))
      unsafe place[2] = Double(envelope.schemaVersion)
      unsafe place[3] = Double(isBefore ? seconds - 1 : seconds)
      unsafe place[4] = Double(isBefore ? part + 1_000_000_000 : part)
      unsafe place[5] = Double(envelope.stream)
      unsafe place[6] = Double(envelope.type)
      if isJSON, let shaped = shapes.take(data, type: type, &values) {
        unsafe place[7] = Double(Form.shaped.rawValue)
        unsafe place[8] = Double(shaped.slot)
        unsafe place[9] = Double(shaped.shape)
      } else {
        unsafe place[8] = Double(values.count)
        unsafe place[7] = Double(append(data, isJSON: isJSON).rawValue)
      }
      count &+= 1
    }

    private mutating func append(_ data: Span<UInt8>, isJSON: Bool) -> Form {
      guard isJSON else {
        values.append("[\(data.indices.map { String(data[$0]) }.joined(separator: ","))]")
        return .bytes
      }
      // No data at all is an object without members, as it is for compiled machines.
      if data.isEmpty {
        values.append("{}")
        return .json
      }
      do throws(JSONParser.Failure) {
        if try JSONParser.check(data) {
          values.append(quoting: data)
          return .exactText
        }
        values.append(data)
        return .json
      } catch {
        values.append(quoting: "\(error)".utf8Span.span)
        return .malformed
      }
    }

    private mutating func finish() {
      newNames.append(UInt8(ascii: "]"))
      shapes.finish()
      let rest = rest
      values.finish(newNames, shapes.newWords, rest)
      unsafe numbers[Self.numberCount - 2] = Double(count)
    }

    private static func isJSON(_ contentType: String) -> Bool {
      contentType == RecordedEvent.jsonContentType || contentType.hasSuffix("+json")
        || contentType == "text/json"
    }

    /// Whether an event has more than most have.
    private static func hasRest(_ event: RecordedEvent) -> Bool {
      event.id != nil || !event.causation.isEmpty || event.correlation != nil
        || event.metadata != nil || event.contentType != RecordedEvent.jsonContentType
        || !event.sent.isEmpty || !event.received.isEmpty
    }

    /// Adds the rest of the event that was added last.
    private mutating func addRest(_ event: RecordedEvent) {
      if restCount > 0 { rest.append(UInt8(ascii: ",")) }
      rest.append(UInt8(ascii: "["))
      for value in [
        event.id.map(JSONValue.string) ?? .null, JSONValue(causes: event.causation),
        event.correlation.map(JSONValue.string) ?? .null, .string(event.contentType),
      ] {
        value.write(to: &rest)
        rest.append(UInt8(ascii: ","))
      }
      let form = Self.append(event.metadata, to: &rest)
      rest += ",\(form.rawValue)".utf8
      if !event.sent.isEmpty || !event.received.isEmpty {
        for ids in [event.sent, event.received] {
          rest += ",\(JSONValue.array(ids.map { .string($0) }).canonicalText)".utf8
        }
      }
      rest.append(UInt8(ascii: "]"))
      restCount += 1
      unsafe numbers[(count &- 1) &* Self.fields &+ 7] += Double(8 * restCount)
    }

    private static func append(_ metadata: ArraySlice<UInt8>?, to bytes: inout [UInt8]) -> Form {
      guard let metadata else {
        bytes += "null".utf8
        return .json
      }
      // Metadata need not be JSON: others are given as bytes.
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
      /// Value by value, to be put together by the function of its shape.
      case shaped = 4
    }
  }
#endif

#if JavaScript
  import EventLog
  import Replay

  /// Events on their way into a script: their numbers in memory that the script sees, all else as one
  /// JSON text, which it parses at once.
  ///
  /// Payloads go in as they are. Those with whole numbers that a double does not hold exactly go in as
  /// strings, which the script reads number by number. The name of a stream or type goes in once.
  @safe final class EventBatch {
    /// How many events a batch has at most.
    static let limit = 1000
    /// How many numbers an event has: its offset, revision, schema version, seconds, nanoseconds, the
    /// numbers of its stream and type, and the form of its payload beside the place of its rest.
    static let fields = 8
    /// So many names are kept on either side before both begin anew.
    private static let nameLimit = 1 << 17

    let numbers: UnsafeMutablePointer<Double>
    private var names = NameTable()
    /// The JSON text: the names that are new, the rest of what events have, and the payloads.
    private(set) var text: [UInt8] = []
    /// Whether the names of earlier batches mean nothing any more.
    private(set) var forgets = false
    private var rest: [UInt8] = []

    init() {
      unsafe numbers = .allocate(capacity: Self.limit * Self.fields)
      unsafe numbers.initialize(repeating: 0, count: Self.limit * Self.fields)
    }

    deinit { unsafe numbers.deallocate() }

    func fill(_ events: ArraySlice<RecordedEvent>) {
      forgets = names.count > Self.nameLimit
      if forgets { names.removeAll() }
      var payloads: [UInt8] = []
      swap(&payloads, &text)
      payloads.removeAll(keepingCapacity: true)
      rest.removeAll(keepingCapacity: true)
      var new: [UInt8] = []
      var restCount = 0
      let hashes = events.map { hash64($0.stream) }
      for (i, event) in events.enumerated() {
        if i.isMultiple(of: NameTable.prefetchCount) {
          names.prefetch(hashes[i...].prefix(NameTable.prefetchCount))
        }
        let time = event.recordedAt.nanoseconds
        let (whole, part) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let isBefore = part < 0
        let stream = number(of: event.stream, hash: hashes[i], &new)
        let type = number(of: event.type, hash: hash64(event.type), &new)
        payloads.append(UInt8(ascii: ","))
        let isJSON = Self.isJSON(event.contentType)
        // No data at all is an object without members, as it is for compiled machines.
        let isEmpty = isJSON && event.data.isEmpty
        let form = Self.write(
          isEmpty ? Self.empty : event.data, isJSON: isJSON, else: .malformed, to: &payloads)
        let hasRest = hasRest(event)
        if hasRest {
          addRest(event)
          restCount += 1
        }
        let place = unsafe numbers + i * Self.fields
        unsafe place[0] = Double(event.offset)
        unsafe place[1] = Double(event.revision)
        unsafe place[2] = Double(event.schemaVersion)
        unsafe place[3] = Double(isBefore ? whole - 1 : whole)
        unsafe place[4] = Double(isBefore ? part + 1_000_000_000 : part)
        unsafe place[5] = Double(stream)
        unsafe place[6] = Double(type)
        unsafe place[7] = Double(form.rawValue + (hasRest ? 4 * restCount : 0))
      }
      var head = Array("[[".utf8) + new
      head += Array("],[".utf8) + rest
      head.append(UInt8(ascii: "]"))
      payloads.append(UInt8(ascii: "]"))
      payloads.insert(contentsOf: head, at: 0)
      text = payloads
    }

    private static let empty = Array("{}".utf8)[...]

    private func number(of name: String, hash: UInt64, _ new: inout [UInt8]) -> Int {
      let count = names.count
      let number = name.withSpan { names.add($0, hash: hash) }
      if names.count > count {
        if !new.isEmpty { new.append(UInt8(ascii: ",")) }
        JSONValue.write(name, to: &new)
      }
      return number
    }

    private static func isJSON(_ contentType: String) -> Bool {
      contentType == RecordedEvent.jsonContentType || contentType.hasSuffix("+json")
        || contentType == "text/json"
    }

    /// Whether an event has more than most have.
    private func hasRest(_ event: RecordedEvent) -> Bool {
      event.id != nil || event.causation != nil || event.correlation != nil || event.metadata != nil
        || event.contentType != RecordedEvent.jsonContentType
    }

    private func addRest(_ event: RecordedEvent) {
      if !rest.isEmpty { rest.append(UInt8(ascii: ",")) }
      rest.append(UInt8(ascii: "["))
      for text in [event.id, event.causation, event.correlation, event.contentType] {
        if let text { JSONValue.write(text, to: &rest) } else { rest += "null".utf8 }
        rest.append(UInt8(ascii: ","))
      }
      var form = Form.json
      if let metadata = event.metadata {
        form = Self.write(metadata, isJSON: true, else: .bytes, to: &rest)
      } else {
        rest += "null".utf8
      }
      rest += ",\(form.rawValue)]".utf8
    }

    /// The forms in which the sandbox's `value` takes a payload.
    private enum Form: Int {
      case json = 0
      case exactText = 1
      case bytes = 2
      case malformed = 3
    }

    private static func write(
      _ data: ArraySlice<UInt8>, isJSON: Bool, else otherwise: Form, to bytes: inout [UInt8]
    ) -> Form {
      var form = Form.bytes
      var message = ""
      if isJSON {
        do throws(JSONParser.Failure) {
          form = try JSONParser.check(data) ? .exactText : .json
        } catch {
          form = otherwise
          message = "\(error)"
        }
      }
      switch form {
      case .json: bytes.append(contentsOf: data)
      case .exactText: JSONValue.write(String(decoding: data, as: UTF8.self), to: &bytes)
      case .malformed: JSONValue.write(message, to: &bytes)
      case .bytes:
        bytes.append(UInt8(ascii: "["))
        bytes.append(contentsOf: data.map { String($0) }.joined(separator: ",").utf8)
        bytes.append(UInt8(ascii: "]"))
      }
      return form
    }
  }
#endif

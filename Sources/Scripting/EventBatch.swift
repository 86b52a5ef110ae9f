#if JavaScript
  import EventLog
  import Replay

  /// Events as one JSON text, which a script parses at once.
  ///
  /// Payloads go in as they are. Those with whole numbers that a double does not hold exactly go in
  /// as strings, which the script reads number by number.
  struct EventBatch {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "[")]

    init(_ events: ArraySlice<RecordedEvent>) {
      bytes.reserveCapacity(events.reduce(0) { $0 + $1.data.count + 120 })
      for (i, event) in events.enumerated() {
        if i > 0 { comma() }
        add(event)
      }
      bytes.append(UInt8(ascii: "]"))
    }

    private mutating func comma() { bytes.append(UInt8(ascii: ",")) }

    private mutating func add(_ event: RecordedEvent) {
      let time = event.recordedAt.nanoseconds
      let (whole, rest) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
      let (seconds, nanoseconds) = rest < 0 ? (whole - 1, rest + 1_000_000_000) : (whole, rest)
      bytes.append(UInt8(ascii: "["))
      number(event.offset)
      string(event.stream)
      number(event.revision)
      string(event.type)
      number(UInt64(event.schemaVersion))
      bytes.append(contentsOf: "\(seconds),".utf8)
      number(UInt64(nanoseconds))
      string(event.id)
      string(event.causation)
      string(event.correlation)
      if let metadata = event.metadata {
        payload(metadata, isJSON: true, else: .bytes)
      } else {
        bytes.append(contentsOf: "null,0".utf8)
      }
      comma()
      string(event.contentType)
      let isJSON = Self.isJSON(event.contentType)
      // No data at all is an object without members, as it is for compiled machines.
      let data = isJSON && event.data.isEmpty ? Array("{}".utf8)[...] : event.data
      payload(data, isJSON: isJSON, else: .malformed)
      bytes.append(UInt8(ascii: "]"))
    }

    private static func isJSON(_ contentType: String) -> Bool {
      contentType == RecordedEvent.jsonContentType || contentType.hasSuffix("+json")
        || contentType == "text/json"
    }

    private mutating func number(_ value: UInt64) {
      bytes.append(contentsOf: String(value).utf8)
      comma()
    }

    private mutating func string(_ text: String?) {
      if let text {
        JSONValue.write(text, to: &bytes)
      } else {
        bytes.append(contentsOf: "null".utf8)
      }
      comma()
    }

    /// The forms in which the sandbox's `value` takes a payload.
    private enum Form: Int {
      case json = 0
      case exactText = 1
      case bytes = 2
      case malformed = 3
    }

    private mutating func payload(
      _ data: ArraySlice<UInt8>, isJSON: Bool, else otherwise: Form
    ) {
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
      comma()
      bytes.append(contentsOf: String(form.rawValue).utf8)
    }
  }
#endif

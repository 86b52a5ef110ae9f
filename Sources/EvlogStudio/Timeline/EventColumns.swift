import EvlogCore
import EvlogReplay
import EvlogStore

/// What tiles need to know of a run of events, field by field: their times, types and kinds of streams.
struct EventColumns: Sendable {
  /// The offset of the first event.
  var first: Offset
  var times: [Int64] = []
  /// Numbers of names: one list for each facet, in the order of `Facet.allCases`.
  var names: [[Int32]] = Facet.allCases.map { _ in [] }

  var count: Int { times.count }
  var end: Offset { first + UInt64(count) }

  mutating func append(_ event: RecordedEvent, _ table: inout FacetNames) {
    times.append(event.recordedAt.nanoseconds)
    for facet in Facet.allCases {
      names[facet.rawValue].append(table.number(facet, facet.name(of: event)))
    }
  }

  mutating func append(_ block: borrowing EventBlock, _ table: inout FacetNames) {
    var known = [Int32?](repeating: nil, count: block.nameNumbers.count)
    for i in block.indices {
      let event = block[i]
      times.append(event.recordedAt.nanoseconds)
      // Types and streams have numbers of their own in a block, so a name is looked up once.
      let type = event.typeNumber
      let typeName = known[type] ?? table.number(.type, event.typeText)
      known[type] = typeName
      names[Facet.type.rawValue].append(typeName)
      let stream = event.streamNumber
      let kind = known[stream] ?? table.numberOfKind(of: event.streamText)
      known[stream] = kind
      names[Facet.stream.rawValue].append(kind)
    }
  }

  /// The events at some offsets of a history, with their numbers in a table.
  init(of history: any History, at offsets: Range<Offset>, _ table: inout FacetNames) throws {
    first = offsets.lowerBound
    if let log = history as? EventLog {
      try log.readEnvelopes(at: offsets) { append($0, &table) }
    } else {
      try history.forEachRow(of: Query(offsets)) { row in
        for event in row { append(event, &table) }
        return true
      }
    }
  }

  init(first: Offset) { self.first = first }

  mutating func append(_ others: EventColumns) {
    times += others.times
    for i in names.indices { names[i] += others.names[i] }
  }

  /// Some of these events.
  func slice(_ offsets: Range<Offset>) -> EventColumns {
    let range = Int(offsets.lowerBound - first)..<Int(offsets.upperBound - first)
    var part = EventColumns(first: offsets.lowerBound)
    part.times = Array(times[range])
    part.names = names.map { Array($0[range]) }
    return part
  }
}

/// What events are counted by.
enum Facet: Int, CaseIterable, Sendable {
  case type, stream

  func name(of event: RecordedEvent) -> String {
    switch self {
    case .type: event.type
    case .stream: Self.kind(of: event.stream)
    }
  }

  /// The kind of a stream: `order*` of `order-118`. A log may have as many streams as events, and few kinds.
  static func kind(of stream: String) -> String {
    let start = stream.utf8.prefix { $0 != UInt8(ascii: "-") && !(0x30...0x39).contains($0) }
    return start.count == stream.utf8.count ? stream : String(Substring(start)) + "*"
  }
}

/// The names of each facet, which have numbers in the order in which they were met.
struct FacetNames: Sendable {
  private(set) var names: [[String]] = Facet.allCases.map { _ in [] }
  private var numbers: [[Name: Int32]] = Facet.allCases.map { _ in [:] }

  mutating func number(_ facet: Facet, _ name: String) -> Int32 {
    let key = Name(name)
    if let number = numbers[facet.rawValue][key] { return number }
    let number = Int32(names[facet.rawValue].count)
    numbers[facet.rawValue][key] = number
    names[facet.rawValue].append(name)
    return number
  }

  /// The number of the kind of a stream. A log may have very many streams of few kinds, so those that were met last are
  /// compared before a text is made.
  mutating func numberOfKind(of stream: String) -> Int32 {
    if let i = recentKinds.firstIndex(where: { $0.has(stream) }) {
      if i > 0 { recentKinds.swapAt(i, i - 1) }
      return recentKinds[i > 0 ? i - 1 : 0].number
    }
    let kind = Facet.kind(of: stream)
    let number = number(.stream, kind)
    if kind.utf8.last == UInt8(ascii: "*"), recentKinds.count < 8 {
      recentKinds.append(RecentKind(beginning: Array(kind.utf8.dropLast()), number: number))
    }
    return number
  }

  private struct RecentKind: Sendable {
    let beginning: [UInt8]
    let number: Int32

    /// Whether a stream begins so, and then has what ends the name of a kind.
    func has(_ stream: String) -> Bool {
      let bytes = stream.utf8
      guard bytes.starts(with: beginning) else { return false }
      guard let next = bytes.dropFirst(beginning.count).first else { return false }
      return next == UInt8(ascii: "-") || (0x30...0x39).contains(next)
    }
  }

  private var recentKinds: [RecentKind] = []

  func name(_ facet: Facet, _ number: Int32) -> String { names[facet.rawValue][Int(number)] }
}

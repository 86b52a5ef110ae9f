package import EvlogStore

/// Which of a log's sources an input is, by its first events.
enum SourceChoice {
  /// None of them.
  case other
  /// One of these: so far they agree with it.
  case among([ImportedSource])
  /// A changed copy of one: it has most of its first events, and not all.
  case changed(SourceDifference)

  /// How many events are looked at, and how many bytes of data.
  static let windowEvents = 64
  static let windowBytes = 8 << 20

  init(_ events: [NewEvent], _ sources: [ImportedSource], named: Bool, in log: EventLog) throws {
    let window = Window(events)
    var agreeing: [ImportedSource] = []
    var nearest: (likeness: Int, difference: SourceDifference)?
    for source in sources {
      let head = try Head(source, in: log)
      let (same, difference) = head.compare(with: events)
      guard let difference else {
        if same > 0 { agreeing.append(source) }
        continue
      }
      let moved = window.countFound(in: head.events)
      // Where lines were put before the first one, or taken away, no place is the same.
      let isMoved = moved > 1 && moved * 2 > window.distinctCount
      guard named || isMoved || same * 2 >= min(events.count, head.events.count) else { continue }
      let likeness = max(same, moved)
      if nearest.map({ $0.likeness < likeness }) ?? true { nearest = (likeness, difference) }
    }
    if !agreeing.isEmpty {
      self = .among(agreeing)
    } else if let nearest {
      self = .changed(nearest.difference)
    } else {
      self = .other
    }
  }

  /// The first events of the input, found by what they are.
  private struct Window {
    private let events: [NewEvent]
    private var places: [Int: [Int]] = [:]
    let distinctCount: Int

    init(_ events: [NewEvent]) {
      let distinct = Array(Set(events))
      self.events = distinct
      distinctCount = distinct.count
      for (i, event) in distinct.enumerated() {
        places[Self.hash(event.stream, event.type, event.data[...]), default: []].append(i)
      }
    }

    func countFound(in recorded: [RecordedEvent?]) -> Int {
      var found: Set<Int> = []
      for case let there? in recorded {
        for i in places[Self.hash(there.stream, there.type, there.data)] ?? []
        where events[i].difference(from: there) == nil { found.insert(i) }
      }
      return found.count
    }

    private static func hash(_ stream: String, _ type: String, _ data: ArraySlice<UInt8>) -> Int {
      var hasher = Hasher()
      hasher.combine(Name(stream))
      hasher.combine(Name(type))
      unsafe data.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
      return hasher.finalize()
    }
  }

  /// The first events of a source; nil for what is lost.
  private struct Head {
    let source: ImportedSource
    private(set) var events: [RecordedEvent?] = []

    init(_ source: ImportedSource, in log: EventLog) throws {
      self.source = source
      var reader = SourceReader(source, in: log)
      var bytes = 0
      while events.count < 2 * windowEvents, bytes < windowBytes, let item = try reader.next() {
        if case .event(let event) = item {
          bytes += event.data.count
          events.append(event)
        } else {
          events.append(nil)
        }
      }
    }

    /// How many events are the same at the same place, and the first that is not.
    func compare(with window: [NewEvent]) -> (same: Int, SourceDifference?) {
      var same = 0
      var difference: SourceDifference?
      for (index, (new, old)) in zip(window, events).enumerated() {
        guard let old else { continue }
        if let field = new.difference(from: old) {
          difference =
            difference
            ?? SourceDifference(source: source.id, index: index, offset: old.offset, field: field)
        } else {
          same += 1
        }
      }
      return (same, difference)
    }
  }
}

/// Where an input differs from what was imported from it.
package struct SourceDifference {
  let source: String
  /// Of the input's event, from 0.
  let index: Int
  package let offset: Offset
  package let field: String
}

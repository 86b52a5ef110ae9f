import EvlogCore

/// Some events of a history by the hashes of their parts.
struct PartsTable {
  /// Places from a cut on, ascending.
  private let places: [UInt32]
  private var parts: [EventParts] = []

  /// Events that are so near to one another are read together.
  private static let reach: UInt32 = 4096

  /// Reads the events at some places, counted from a cut on.
  init(_ history: any History, from start: Cut, at places: [UInt32]) throws {
    self.places = places.sorted()
    parts.reserveCapacity(places.count)
    var names = NameTable()
    var next = 0
    while next < self.places.count {
      let first = self.places[next]
      var end = next
      while end < self.places.count,
        self.places[end] - self.places[max(next, end - 1)] < Self.reach
      { end += 1 }
      let last = self.places[end - 1]
      var reader = try PartsReader(
        history, from: start + UInt64(first), to: start + UInt64(last) + 1)
      var place = first
      while try reader.next(&names) {
        for part in reader.parts {
          if next < end, self.places[next] == place {
            parts.append(part)
            next += 1
          }
          place += 1
        }
      }
      next = end
    }
  }

  /// The event at a place that was asked for.
  subscript(place: UInt32) -> EventParts? {
    let i = places.partitioningIndex { $0 >= place }
    return i < parts.count && places[i] == place ? parts[i] : nil
  }
}

import EvlogCore
import EvlogJSON

/// Which events have to do with each other, by what they have in common: a stream, or a text or a number in
/// their data.
///
/// It is a guess at where a search should begin, and nothing rests on it.
struct Relations {
  private let valuesOf: [[Int]]
  private var eventsOf: [[Int]] = []

  init(_ events: [RecordedEvent]) {
    var numbers: [Name: Int] = [:]
    var valuesOf: [[Int]] = []
    for event in events {
      var values: Set<Int> = []
      func add(_ text: String) {
        let name = Name(text)
        let number = numbers[name] ?? numbers.count
        numbers[name] = number
        values.insert(number)
      }
      add(event.stream)
      JSONValue(validating: event.data)?.forEachScalar { add($0) }
      valuesOf.append(values.sorted())
    }
    eventsOf = Array(repeating: [], count: numbers.count)
    for (i, values) in valuesOf.enumerated() {
      for value in values { eventsOf[value].append(i) }
    }
    self.valuesOf = valuesOf
  }

  /// Larger and larger sets of events around the last one, until there is nothing more to add. A value that
  /// very many events have connects nothing.
  func around(_ last: Int) -> [[Int]] {
    let many = max(100, valuesOf.count / 50)
    var isIn = Set([last])
    var edge = [last]
    var hasValue: Set<Int> = []
    var sets: [[Int]] = []
    while !edge.isEmpty {
      var next: [Int] = []
      for value in edge.flatMap({ valuesOf[$0] })
      where eventsOf[value].count <= many && hasValue.insert(value).inserted {
        for event in eventsOf[value] where isIn.insert(event).inserted { next.append(event) }
      }
      edge = next
      if !next.isEmpty { sets.append(isIn.sorted()) }
    }
    return sets
  }
}

extension JSONValue {
  /// The texts in it, and the numbers that are no small ones, which many things have in common by chance.
  fileprivate func forEachScalar(_ body: (String) -> Void) {
    switch self {
    case .string(let text): body(text)
    case .number(let number): if number.text.utf8.count > 3 { body(number.text) }
    case .array(let items): for item in items { item.forEachScalar(body) }
    case .object(let object): for member in object.members { member.value.forEachScalar(body) }
    case .null, .bool: break
    }
  }
}

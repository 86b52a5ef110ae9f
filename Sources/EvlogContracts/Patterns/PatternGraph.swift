/// The steps of a regular expression, from which its automaton is made.
struct PatternGraph {
  private enum Node {
    case set(Int, next: Int)
    case split([Int])
    case start(next: Int)
    case end(next: Int)
    case match
  }

  private static let nodeLimit = 20_000
  /// How many steps may be looked at while the automaton is made.
  private static let workLimit = 20_000_000
  private static let tooLarge = PatternError(
    message: "it needs an automaton of more than \(PatternTables.stateLimit) states", column: 1)

  private var nodes: [Node] = [.match]
  private var sets: [ScalarSet] = []
  private var setNumbers: [ScalarSet: Int] = [:]
  private var first = 0
  /// By node: the last round in which it was looked at.
  private var seen: [Int] = []
  private var round = 0
  private var work = 0

  /// What comes of it: by state and class the next state. State 0 is the one in which it has matched.
  struct Automaton {
    var next: [Int] = []
    var acceptsAtEnd: [Bool] = []
    var start = 0
    var classCount = 0
    var starts: [UInt32] = []
    var classes: [UInt16] = []
  }

  mutating func build(_ pattern: Pattern) throws(PatternError) {
    let inner = try add(pattern, before: 0)
    // It may match anywhere: what is before is passed over, a character at a time.
    let loop = try add(.split([]))
    let any = try add(.set(number(of: .all), next: loop))
    nodes[loop] = .split([inner, any])
    first = loop
  }

  private mutating func add(_ node: Node) throws(PatternError) -> Int {
    guard nodes.count < Self.nodeLimit else {
      throw PatternError(message: "its repetitions are too many", column: 1)
    }
    nodes.append(node)
    return nodes.count - 1
  }

  private mutating func number(of set: ScalarSet) -> Int {
    if let number = setNumbers[set] { return number }
    sets.append(set)
    setNumbers[set] = sets.count - 1
    return sets.count - 1
  }

  private mutating func add(_ pattern: Pattern, before next: Int) throws(PatternError) -> Int {
    switch pattern {
    case .set(let set): return try add(.set(number(of: set), next: next))
    case .start: return try add(.start(next: next))
    case .end: return try add(.end(next: next))
    case .sequence(let items):
      var next = next
      for item in items.reversed() { next = try add(item, before: next) }
      return next
    case .choice(let items):
      var ways: [Int] = []
      for item in items { ways.append(try add(item, before: next)) }
      return try add(.split(ways))
    case .repeated(let item, let from, let to):
      var next = next
      if let to {
        let behind = next
        for _ in 0..<(to - from) {
          next = try add(.split([behind, try add(item, before: next)]))
        }
      } else {
        let loop = try add(.split([]))
        nodes[loop] = .split([next, try add(item, before: loop)])
        next = loop
      }
      for _ in 0..<from { next = try add(item, before: next) }
      return next
    }
  }

  // MARK: The automaton

  /// The steps that take a character, or wait for the end, in reach of some steps; nil if it has matched.
  private mutating func reach(_ from: [Int], atStart: Bool, atEnd: Bool) throws(PatternError)
    -> [Int]?
  {
    round += 1
    var waiting = from
    var found: [Int] = []
    while let node = waiting.popLast() {
      guard seen[node] != round else { continue }
      seen[node] = round
      work += 1
      switch nodes[node] {
      case .match: return nil
      case .split(let ways): waiting += ways
      case .start(let next): if atStart { waiting.append(next) }
      case .end(let next):
        if atEnd { waiting.append(next) } else { found.append(node) }
      case .set: found.append(node)
      }
    }
    guard work < Self.workLimit else { throw Self.tooLarge }
    return found.sorted()
  }

  mutating func automaton() throws(PatternError) -> Automaton {
    seen = [Int](repeating: 0, count: nodes.count)
    var made = Automaton()
    // Characters that no set tells apart are one class.
    let cuts = Set(
      [0] + sets.flatMap { $0.ranges.flatMap { [$0.lowerBound, $0.upperBound + 1] } }
    ).filter { $0 <= ScalarSet.last }.sorted()
    var numbers: [[Bool]: UInt16] = [:]
    var members: [[Bool]] = []
    for cut in cuts {
      let key = sets.map { set in set.ranges.contains { $0.contains(cut) } }
      if numbers[key] == nil {
        numbers[key] = UInt16(members.count)
        members.append(key)
      }
      if made.classes.last != numbers[key] {
        made.starts.append(cut)
        made.classes.append(numbers[key] ?? 0)
      }
    }
    made.classCount = members.count
    // The state in which it has matched stays.
    made.next = [Int](repeating: 0, count: members.count)
    made.acceptsAtEnd = [true]
    var states: [[Int]: Int] = [:]
    var waiting: [[Int]] = []
    func add(_ steps: [Int], accepts: Bool) throws(PatternError) -> Int {
      let number = made.acceptsAtEnd.count
      guard number < PatternTables.stateLimit, number * members.count < PatternTables.cellLimit
      else {
        throw Self.tooLarge
      }
      made.next += [Int](repeating: 0, count: members.count)
      made.acceptsAtEnd.append(accepts)
      waiting.append(steps)
      return number
    }
    guard let beginning = try reach([first], atStart: true, atEnd: false) else { return made }
    // No other state is at the start of the text, even if it waits for the same characters.
    made.start = try add(
      beginning, accepts: try reach([first], atStart: true, atEnd: true) == nil)
    var i = 0
    while i < waiting.count {
      let steps = waiting[i]
      for (column, sets) in members.enumerated() {
        let next = steps.compactMap { step -> Int? in
          if case .set(let set, let next) = nodes[step], sets[set] { next } else { nil }
        }
        guard let reached = try reach(next, atStart: false, atEnd: false) else { continue }
        if states[reached] == nil {
          states[reached] = try add(
            reached, accepts: try reach(reached, atStart: false, atEnd: true) == nil)
        }
        made.next[(made.start + i) * members.count + column] = states[reached] ?? 0
      }
      i += 1
    }
    return made
  }
}

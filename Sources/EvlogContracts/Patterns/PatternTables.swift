/// Regular expressions as automata that look at each character once.
///
/// They are made when a contract is read: every state that a text can lead to is known then, and matching a text is a
/// step in a table for each character, whatever the text is. The tables of all expressions lie behind one another, so
/// that nothing is counted or copied while one is used.
struct PatternTables: Sendable {
  /// How many states an automaton may have, and how large its table may be.
  static let stateLimit = 4096
  static let cellLimit = 1 << 20

  /// Where the tables of one expression begin.
  private struct Place {
    let cells, ascii, starts, states: Int
    let classCount, startCount: Int
    /// The state in which a text begins, as the place of its row.
    let start: UInt32
  }

  private var places: [Place] = []
  /// By state and class of characters: where the next state's row begins.
  private var cells: [UInt32] = []
  /// By state: whether a text that ends there matches.
  private var acceptsAtEnd: [Bool] = []
  /// The class of each ASCII character.
  private var ascii: [UInt16] = []
  /// The first scalar of each run of scalars of one class, ascending, and the class.
  private var starts: [UInt32] = []
  private var classes: [UInt16] = []

  /// Where the row of the state begins that whatever follows matches.
  private static let matched: UInt32 = 0

  init() {}

  /// The number of an expression, which is there afterwards.
  mutating func add(_ text: String) throws(PatternError) -> Int {
    let pattern = try PatternParser.parse(text)
    var graph = PatternGraph()
    try graph.build(pattern)
    let made = try graph.automaton()
    let place = Place(
      cells: cells.count, ascii: ascii.count, starts: starts.count, states: acceptsAtEnd.count,
      classCount: made.classCount, startCount: made.starts.count,
      start: UInt32(made.start * made.classCount))
    places.append(place)
    cells += made.next.map { UInt32($0 * made.classCount) }
    acceptsAtEnd += made.acceptsAtEnd
    starts += made.starts
    classes += made.classes
    for scalar: UInt32 in 0..<128 { ascii.append(classes[run(of: scalar, place)]) }
    return places.count - 1
  }

  /// The last run that does not begin behind a scalar.
  private func run(of scalar: UInt32, _ place: Place) -> Int {
    var low = place.starts
    var high = place.starts + place.startCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle } else { high = middle }
    }
    return low
  }

  /// Whether an expression matches somewhere in a text, which is UTF-8.
  func matches(_ number: Int, _ text: Span<UInt8>) -> Bool {
    let place = places[number]
    let (cells, ascii) = (cells.span, ascii.span)
    var state = place.start
    var i = 0
    while i < text.count {
      if state == Self.matched { return true }
      let byte = text[i]
      let column: UInt16
      if byte < 0x80 {
        column = ascii[place.ascii &+ Int(byte)]
        i &+= 1
      } else {
        let (scalar, count) = Self.scalar(text, at: i)
        column = classes[run(of: scalar, place)]
        i &+= count
      }
      state = cells[place.cells &+ Int(state) &+ Int(column)]
    }
    return acceptsAtEnd[place.states + Int(state) / place.classCount]
  }

  /// The scalar at a place of a text that is UTF-8, and how many bytes it has.
  private static func scalar(_ text: Span<UInt8>, at i: Int) -> (UInt32, Int) {
    let first = text[i]
    let count = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = UInt32(first) & (count == 2 ? 0x1F : count == 3 ? 0x0F : 0x07)
    for j in (i + 1)..<min(i + count, text.count) { value = value << 6 | UInt32(text[j] & 0x3F) }
    return (value, count)
  }
}

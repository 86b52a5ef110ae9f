/// A regular expression as an automaton that looks at each character once.
///
/// It is made when a contract is read: every state that a text can lead to is known then, and matching a text is a
/// step in a table for each character, whatever the text is.
struct TextPattern: Sendable {
  /// How many states an automaton may have, and how large its table may be.
  static let stateLimit = 4096
  static let cellLimit = 1 << 20

  /// By state and class of characters: where the next state's row begins.
  private let table: [UInt32]
  private let classCount: Int
  /// By state: whether a text that ends there matches.
  private let acceptsAtEnd: [Bool]
  /// The class of each ASCII character.
  private let classOfASCII: [UInt16]
  /// The first scalar of each class that is no ASCII character alone, ascending, and its class.
  private let starts: [UInt32]
  private let classes: [UInt16]

  /// Where the row of the state begins that whatever follows matches.
  private static let matched: UInt32 = 0
  private let start: UInt32

  init(_ text: String) throws(PatternError) {
    let pattern = try PatternParser.parse(text)
    var graph = PatternGraph()
    try graph.build(pattern)
    let made = try graph.automaton()
    let count = made.classCount
    classCount = count
    table = made.next.map { UInt32($0 * count) }
    acceptsAtEnd = made.acceptsAtEnd
    start = UInt32(made.start * count)
    starts = made.starts
    classes = made.classes
    classOfASCII = (0..<128).map { (scalar: UInt32) in
      made.classes[Self.place(of: scalar, in: made.starts)]
    }
  }

  /// The last start that is not behind a scalar.
  private static func place(of scalar: UInt32, in starts: [UInt32]) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= scalar { low = middle } else { high = middle }
    }
    return low
  }

  /// Whether it matches somewhere in a text, which is UTF-8.
  func matches(_ text: Span<UInt8>) -> Bool {
    let (table, ascii) = (table.span, classOfASCII.span)
    var state = start
    var i = 0
    while i < text.count {
      if state == Self.matched { return true }
      let byte = text[i]
      let column: UInt16
      if byte < 0x80 {
        column = ascii[Int(byte)]
        i &+= 1
      } else {
        let (scalar, count) = Self.scalar(text, at: i)
        column = classes[Self.place(of: scalar, in: starts)]
        i &+= count
      }
      state = table[Int(state) &+ Int(column)]
    }
    return acceptsAtEnd[Int(state) / max(1, classCount)]
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

import EvlogCore
import EvlogJSON

/// A contract in the form in which data is checked: tables that are walked along with the bytes.
///
/// What is looked at for most values are arrays of plain numbers, so that no reference is counted on the way.
struct CompiledContract: Sendable {
  static let depthLimit = 64
  static let fieldLimit = 256
  /// How often a byte of the data may be looked at, because alternatives are tried one after the other.
  static let costLimit = 256

  /// What is checked of one value.
  struct Node: Sendable {
    enum Kind: UInt8, Sendable {
      case any, null, boolean, integer, number, decimal, text, choices, union, list, record
    }
    var kind: Kind
    /// Where what belongs to it begins in the table of its kind, and how much that is.
    var first = 0
    var count = 0
    /// The beginnings of JSON values that can be right.
    var starts: Starts
    /// Bounds as far as they fit, and whether there are any; for counts too.
    var least = Int64.min
    var most = Int64.max
    /// How often a byte of the value is looked at.
    var cost = 1
  }

  /// What a JSON value can begin with.
  struct Starts: OptionSet, Sendable {
    let rawValue: UInt8
    static let object = Starts(rawValue: 1)
    static let array = Starts(rawValue: 2)
    static let string = Starts(rawValue: 4)
    static let number = Starts(rawValue: 8)
    static let boolean = Starts(rawValue: 16)
    static let null = Starts(rawValue: 32)
    static let all: Starts = [.object, .array, .string, .number, .boolean, .null]
  }

  struct Bounds: Sendable {
    var from: ExactNumber?
    var to: ExactNumber?
    /// Digits after the point, of a decimal.
    var places: Int?
  }

  struct TextRule: Sendable {
    /// The number of its expression; -1 if it has none.
    var pattern: Int
    var hasLength: Bool
  }

  struct Version: Sendable {
    var since: UInt32
    var node: Int
  }

  typealias FieldSet = InlineArray<4, UInt64>

  struct Record: Sendable {
    /// Where its fields begin; their number is the node's count.
    var fields: Int
    var required: FieldSet
    /// Where its places begin in the table, and how many there are: a power of two.
    var slots: Int
    var slotCount: Int
    /// -1: others are allowed; -2: they are refused; otherwise their node.
    var others: Int
  }

  struct Field: Sendable {
    /// Where its name is in the bytes of all names.
    var name: Range<Int>
    var node: Int
  }

  /// Values of which one must be there.
  struct Choices: Sendable {
    /// Where its texts are among all of them.
    var texts: Range<Int>
    /// Where its other values are among all of them.
    var values: Range<Int>
  }

  let nodes: [Node]
  /// By node: its rule, to be shown.
  let rules: [FieldRule]
  let bounds: [Bounds]
  let texts: [TextRule]
  let patterns: PatternTables
  let choices: [Choices]
  /// Texts of choices, as places in the bytes of all names; and their other values.
  let choiceTexts: [Range<Int>]
  let choiceValues: [JSONValue]
  let records: [Record]
  let fields: [Field]
  let names: [UInt8]
  /// The indices of a record's fields, plus one, by the hashes of their names.
  let slots: [UInt16]
  /// The nodes of alternatives.
  let alternatives: [Int]

  /// The types, by type where its versions are, and from which version on which node holds.
  let types: NameTable
  let versionsOfType: [Range<Int>]
  let versions: [Version]
  let isClosed: Bool

  init(_ events: [EventContract], isClosed: Bool) throws(ContractError) {
    var compiler = ContractCompiler()
    var types = NameTable()
    var versionsOfType: [Range<Int>] = []
    var versions: [Version] = []
    for event in events {
      try Self.check(event)
      let number = types.add(event.type)
      if number == versionsOfType.count {
        versionsOfType.append(versions.count..<versions.count)
      }
      guard versionsOfType[number].isEmpty || versions.last?.since != event.since else {
        throw ContractError(event.type, "there are two rules from version \(event.since) on")
      }
      let node = try compiler.node(of: event.data, [event.type])
      guard compiler.nodes[node].cost <= Self.costLimit else {
        throw ContractError(
          event.type,
          "its alternatives within alternatives could take \(compiler.nodes[node].cost) looks at one "
            + "value, more than \(Self.costLimit)")
      }
      versions.append(Version(since: event.since, node: node))
      versionsOfType[number] = versionsOfType[number].lowerBound..<versions.count
    }
    nodes = compiler.nodes
    rules = compiler.rules
    bounds = compiler.bounds
    texts = compiler.texts
    patterns = compiler.patterns
    choices = compiler.choices
    choiceTexts = compiler.choiceTexts
    choiceValues = compiler.choiceValues
    records = compiler.records
    fields = compiler.fields
    names = compiler.names
    slots = compiler.slots
    alternatives = compiler.alternatives
    self.types = types
    self.versionsOfType = versionsOfType
    self.versions = versions
    self.isClosed = isClosed
  }

  private static func check(_ event: EventContract) throws(ContractError) {
    guard !event.type.isEmpty else { throw ContractError("", "an event type has no name") }
    guard event.type.utf8.count <= Limits.typeNameBytes else {
      throw ContractError(
        event.type.cut(to: 60), "the name has more than \(Limits.typeNameBytes) bytes")
    }
    guard !Turn.isOwn(event.type) else {
      throw ContractError(event.type, "types that begin with '\(Turn.ownPrefix)' are evlog's own")
    }
    guard event.since >= 1 else {
      throw ContractError(event.type, "schema versions are counted from 1")
    }
    guard !event.data.isOptional else {
      throw ContractError(event.type, "only a field of a record can be optional")
    }
  }
}

public import EvlogContracts
public import EvlogCore
public import EvlogJSON
public import EvlogStore

extension Answers {
  /// The events of a log that a contract would refuse.
  public struct ContractCheck: Answer {
    public var question: String { "contract check" }

    /// The events of one type that would be refused.
    public struct Row: Codable, Sendable, Hashable {
      public let type: String
      /// How many there are of the type, and how many would be refused.
      public var events, refused: UInt64
      /// The offset of the first one that would be refused, and why; null if none would be.
      @Nullable public var firstOffset: Offset?
      @Nullable public var path: String?
      /// The value there as JSON, cut off if it is long; null if there is none.
      @Nullable public var value: String?
      @Nullable public var rule: String?
    }

    /// The digest of the contract's text.
    public let fingerprint: String
    public let cut: Cut
    /// How many events would be refused, of all types.
    public let refused: UInt64
    /// By type, those with refused events first.
    public let types: [Row]
    @Seconds public private(set) var seconds: Duration

    /// Checks every event of a log against a contract.
    public init(
      _ contract: Contract, on log: EventLog, progress: (Cut) -> Void = { _ in }
    ) throws {
      let start = ContinuousClock.now
      var names = NameTable()
      var rows: [Row] = []
      var cursor = log.events().makeCursor()
      var block = EventBlock()
      while try cursor.read(into: &block) {
        try Task.checkCancellation()
        for i in block.indices {
          let event = block[i]
          let number = names.add(event.type, hash: hash64(event.type))
          if number == rows.count {
            rows.append(Row(type: names.string(number), events: 0, refused: 0))
          }
          rows[number].events += 1
          guard let refusal = contract.refusal(of: event) else { continue }
          rows[number].refused += 1
          if rows[number].refused == 1 {
            rows[number].firstOffset = event.offset
            rows[number].path = refusal.path
            rows[number].value = refusal.value
            rows[number].rule = refusal.rule
          }
        }
        if let last = block.indices.last { progress(block[last].offset.cutAfter) }
      }
      fingerprint = "\(contract.fingerprint)"
      cut = log.end
      refused = rows.reduce(0) { $0 + $1.refused }
      types = rows.sorted { a, b in
        (a.refused > 0) == (b.refused > 0)
          ? Name(a.type) < Name(b.type) : a.refused > 0
      }
      seconds = .now - start
    }
  }

  /// The contract that a log has.
  public struct ContractShow: Answer {
    public let question: String
    /// The contract as JSON; null if the log has none.
    @Nullable public private(set) var contract: JSONValue?
    @Nullable public private(set) var fingerprint: String?
    /// The offset of the event that put it into the log.
    @Nullable public private(set) var offset: Offset?
    /// Whether it was the log's contract before.
    public let wasAlreadyThere: Bool
    /// How many placeholders of lost events the log has: a contract may have been among them.
    public let lost: UInt64

    private enum CodingKeys: String, CodingKey {
      case question = "command"
      case contract, fingerprint, offset, wasAlreadyThere, lost
    }

    public init(
      _ question: String, _ inForce: ContractInForce?, wasAlreadyThere: Bool, of log: EventLog
    ) throws {
      self.question = question
      self.wasAlreadyThere = wasAlreadyThere
      lost =
        try log.counts().byType.first { $0.name == EventLog.lostEventType }?.count ?? 0
      contract = inForce?.contract.json
      fingerprint = inForce.map { "\($0.contract.fingerprint)" }
      offset = inForce?.offset
    }
  }

  /// A contract as a JSON Schema, or the other way round.
  public struct ContractSchema: Answer {
    public let question: String
    public let schema, contract: JSONValue
    public let fingerprint: String
    /// The parts of one that the other cannot express.
    public let gaps: [SchemaGap]

    private enum CodingKeys: String, CodingKey {
      case question = "command"
      case schema, contract, fingerprint, gaps
    }

    public init(
      _ question: String, _ contract: Contract, schema: JSONValue, gaps: [SchemaGap]
    ) {
      self.question = question
      self.contract = contract.json
      self.schema = schema
      self.gaps = gaps
      fingerprint = "\(contract.fingerprint)"
    }
  }
}

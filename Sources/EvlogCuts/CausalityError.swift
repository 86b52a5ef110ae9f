/// Why a causality, a cut or an order cannot be had: what is wrong, and with which events.
///
/// The description is a sentence for a person; `code` is for a program.
public struct CausalityError: Error, Sendable, Hashable {
  /// What kind of failure this is. More may be added without a source break.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    enum Storage: String {
      case invalidName, invalidCut, inconsistentCut, tooLarge
      case unknownEvent, missingCause, futureCause, cycle
      case unnumberedClock, duplicateClock, decreasingClock, clockHole
      case duplicateSend, unsentMessage
      case invalidGroup, invalidField, ambiguousReference
    }
    let storage: Storage

    /// A name is empty, is there twice, or holds a character that separates names in a cut.
    public static let invalidName: Code = .init(storage: .invalidName)
    /// A cut names other lines, lies beyond the end of one, or cannot be read.
    public static let invalidCut: Code = .init(storage: .invalidCut)
    /// A cut that must be consistent is not.
    public static let inconsistentCut: Code = .init(storage: .inconsistentCut)
    /// There are more lines, events or edges than can be counted.
    public static let tooLarge: Code = .init(storage: .tooLarge)
    /// An effect, or a member of an atomic group, does not exist.
    public static let unknownEvent: Code = .init(storage: .unknownEvent)
    /// A cause does not exist.
    public static let missingCause: Code = .init(storage: .missingCause)
    /// A cause is not earlier in the line of its effect.
    public static let futureCause: Code = .init(storage: .futureCause)
    /// An event is, through others, a cause of its own cause.
    public static let cycle: Code = .init(storage: .cycle)
    /// A vector clock does not count the events of its own host.
    public static let unnumberedClock: Code = .init(storage: .unnumberedClock)
    /// Two events of a host have the same number.
    public static let duplicateClock: Code = .init(storage: .duplicateClock)
    /// A vector clock has a smaller number than an earlier one of the same host.
    public static let decreasingClock: Code = .init(storage: .decreasingClock)
    /// A vector clock knows of an event between two others of its host that was not recorded.
    public static let clockHole: Code = .init(storage: .clockHole)
    /// Two messages were sent with the same id.
    public static let duplicateSend: Code = .init(storage: .duplicateSend)
    /// A message was received that was not sent.
    public static let unsentMessage: Code = .init(storage: .unsentMessage)

    /// A group cannot be made so, or its file cannot be read.
    public static let invalidGroup: Code = .init(storage: .invalidGroup)
    /// A field has a value that is not what a rule needs.
    public static let invalidField: Code = .init(storage: .invalidField)
    /// Several events have the id that a reference names.
    public static let ambiguousReference: Code = .init(storage: .ambiguousReference)

    public var description: String { storage.rawValue }
  }

  /// The kind of failure, for a program to act on.
  public let code: Code
  /// What is wrong.
  public let message: String
  /// The event that the failure is about.
  public let event: CausalEvent?
  /// The other event concerned: of an edge, the cause.
  public let other: CausalEvent?

  init(_ code: Code, _ message: String, _ event: CausalEvent? = nil, _ other: CausalEvent? = nil) {
    self.code = code
    self.message = message
    self.event = event
    self.other = other
  }
}

extension CausalityError: CustomStringConvertible {
  public var description: String { message + "." }
}

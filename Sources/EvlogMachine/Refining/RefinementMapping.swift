public import EvlogCore
public import EvlogJSON

/// A refinement mapping from a machine to another one, usually its earlier version. It translates each state into a
/// state of the other machine, and each event into the events that the other machine sees.
///
/// M. Abadi and L. Lamport, "The existence of refinement mappings", 1991. Machines are deterministic, so a
/// mapping can be checked event by event, without prophecy variables.
public protocol RefinementMapping: Sendable {
  /// Whether both machines have the same states, so that none needs translating.
  var keepsStates: Bool { get }
  /// Whether both machines see the same events.
  var keepsEvents: Bool { get }
  /// The event types that this machine may refuse although the other one takes them.
  var narrows: Set<String> { get }
  /// Makes a mapper for one run. One thread at a time uses it.
  func makeMapper() throws(MachineError) -> any RefinementMapper
}

/// A ``RefinementMapping`` at work in one run.
public protocol RefinementMapper: AnyObject {
  /// Translates a state of the log, a stream or a key into the other machine's.
  func abstract(_ state: JSONValue) throws(MachineError) -> JSONValue
  /// Translates an event into those that the other machine sees instead; none if it sees nothing.
  func events(for event: RecordedEvent) throws(MachineError) -> [RecordedEvent]
}

/// The mapping of a machine whose states and events are those of the other one.
public struct SameMapping: RefinementMapping {
  public var keepsStates: Bool { true }
  public var keepsEvents: Bool { true }
  public let narrows: Set<String>

  public init(narrows: Set<String> = []) { self.narrows = narrows }

  public func makeMapper() -> any RefinementMapper { Mapper() }

  private final class Mapper: RefinementMapper {
    func abstract(_ state: JSONValue) -> JSONValue { state }
    func events(for event: RecordedEvent) -> [RecordedEvent] { [event] }
  }
}

/// The mapping of a machine in Swift.
///
///     var refines: (any RefinementMapping)? {
///       Refinement(of: Self.self, to: OldStock.self) { OldStock.State(counts: $0.items.mapValues(\.count)) }
///     }
public struct Refinement<New: Machine, Old: Machine>: RefinementMapping {
  public var keepsStates: Bool { false }
  public let keepsEvents: Bool
  public let narrows: Set<String>
  private let new: String
  private let state: @Sendable (New.State) throws -> Old.State
  private let mapped: (@Sendable (RecordedEvent) throws -> [NewEvent])?

  /// - Parameters:
  ///   - narrows: The event types that the new machine may refuse although the old one takes them.
  ///   - events: Translates an event into those that the old machine sees instead. By default, it sees the same event.
  ///   - state: Translates a state of the new machine into one of the old machine.
  public init(
    of new: New.Type, to old: Old.Type, narrows: Set<String> = [],
    events: (@Sendable (RecordedEvent) throws -> [NewEvent])? = nil,
    state: @escaping @Sendable (New.State) throws -> Old.State
  ) {
    self.new = String(describing: new)
    self.narrows = narrows
    self.state = state
    mapped = events
    keepsEvents = events == nil
  }

  public func makeMapper() -> any RefinementMapper { Mapper(refinement: self) }

  private final class Mapper: RefinementMapper {
    private let refinement: Refinement

    init(refinement: Refinement) { self.refinement = refinement }

    func abstract(_ state: JSONValue) throws(MachineError) -> JSONValue {
      do {
        let bytes = state.canonicalBytes
        let new = try JSONPlace.reading(bytes.span) { try $0.decode(New.State.self) }
        return try StateEncoder().encode(try refinement.state(new))
      } catch { throw refinement.failure("The state cannot be mapped: \(error)") }
    }

    func events(for event: RecordedEvent) throws(MachineError) -> [RecordedEvent] {
      guard let mapped = refinement.mapped else { return [event] }
      do { return try mapped(event).map { event.replaced(by: $0) } } catch {
        throw refinement.failure("The event cannot be mapped: \(error)", at: event.offset)
      }
    }
  }

  private func failure(_ message: String, at offset: Offset? = nil) -> MachineError {
    MachineError(.threw, machine: new, message, handler: "refines", offset: offset)
  }
}

extension RecordedEvent {
  /// The event with another type and other data, at the same cut.
  package func replaced(by event: NewEvent) -> RecordedEvent {
    var replaced = self
    replaced.stream = event.stream
    replaced.type = event.type
    replaced.data = event.data[...]
    replaced.contentType = event.contentType
    replaced.schemaVersion = event.schemaVersion
    return replaced
  }
}

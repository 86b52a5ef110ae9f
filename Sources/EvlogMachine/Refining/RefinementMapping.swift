public import EvlogCore
public import EvlogJSON

/// How a machine stands for another one, usually its earlier version: which state of the other one each of its
/// states shows, and which events of the other one each of its events is.
///
/// M. Abadi and L. Lamport, "The existence of refinement mappings", 1991. Machines are deterministic, so that a
/// mapping is checked event by event; no prophecies are needed.
public protocol RefinementMapping: Sendable {
  /// Whether states look the same in both machines, so that none is mapped.
  var keepsStates: Bool { get }
  /// Whether the other machine sees the same events.
  var keepsEvents: Bool { get }
  /// The event types that this machine may refuse although the other one takes them.
  var narrows: Set<String> { get }
  /// Makes a mapper for one run. One thread at a time uses it.
  func makeMapper() throws(MachineError) -> any RefinementMapper
}

/// What a ``RefinementMapping`` does in one run.
public protocol RefinementMapper: AnyObject {
  /// The state of the other machine that a state of this one shows: of the log, or of the same stream or key.
  func abstract(_ state: JSONValue) throws(MachineError) -> JSONValue
  /// The events that the other machine sees in the place of one; none where it sees nothing.
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
  ///   - events: The events that the old machine sees in the place of one. By default, the same.
  ///   - state: The state of the old machine that one of the new machine shows.
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
  /// What another machine sees in the place of an event: another type and other data, at the same cut.
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

#if JavaScript
  import EvlogCore
  import EvlogJSON
  public import EvlogMachine

  /// The part `refines` of a machine's file: how the machine stands for an older one.
  public struct ScriptRefinement: RefinementMapping {
    let program: ScriptProgram
    let abstracts: Bool
    /// The event types that the older machine sees otherwise.
    let types: Set<String>
    public let narrows: Set<String>

    public var keepsStates: Bool { !abstracts }
    public var keepsEvents: Bool { types.isEmpty }

    public func makeMapper() throws(MachineError) -> any RefinementMapper {
      ScriptMapper(self, try program.makeScriptHost(HostSetup(judged: [])))
    }
  }

  /// Maps states and events by a script of its own, in which no machine runs.
  private final class ScriptMapper: RefinementMapper {
    private let refinement: ScriptRefinement
    private let host: ScriptHost

    init(_ refinement: ScriptRefinement, _ host: ScriptHost) {
      (self.refinement, self.host) = (refinement, host)
    }

    func abstract(_ state: JSONValue) throws(MachineError) -> JSONValue {
      guard refinement.abstracts else { return state }
      let text = try host.value("abstracted", [.text(state.canonicalText)])
      guard let seen = try host.parse(textOf: text) else { throw host.misfit("abstracted", text) }
      return seen
    }

    func events(for event: RecordedEvent) throws(MachineError) -> [RecordedEvent] {
      guard refinement.types.contains(event.type) else { return [event] }
      let text = try host.mapped(event)
      guard let list = try host.parse(textOf: text)?.arrayValue else {
        throw host.misfit("mapped", text)
      }
      return try list.map { item throws(MachineError) in
        if item["same"] == .bool(true) { return event }
        guard let type = item["type"]?.stringValue, let stream = item["stream"]?.stringValue,
          let data = item["data"]
        else { throw host.misfit("mapped", item) }
        return event.replaced(
          by: NewEvent(stream: stream, type: type, data: data.canonicalBytes))
      }
    }
  }
#endif

public import EvlogCore
import EvlogJSON
import Instrumentation
public import ServiceContextModule

/// The context of a trace, kept in an event's metadata: a JSON object, in which each member that the tracer
/// wants to hand on (W3C Trace Context's `traceparent`, say) has its name.
enum TraceContext {
  private struct Carrier { var members: [(String, JSONValue)] = [] }

  private struct Members: Injector, Extractor {
    func inject(_ value: String, forKey key: String, into carrier: inout Carrier) {
      carrier.members.removeAll { $0.0 == key }
      carrier.members.append((key, .string(value)))
    }

    func extract(key: String, from carrier: Carrier) -> String? {
      carrier.members.last { $0.0 == key }?.1.stringValue
    }
  }

  /// Metadata with the context added. Existing metadata that is not a JSON object stays as it is.
  static func adding(_ context: ServiceContext, to metadata: [UInt8]?, by tracer: any Instrument)
    -> [UInt8]?
  {
    var carrier = Carrier()
    if let metadata {
      guard case .object(let object)? = JSONValue(validating: metadata[...]) else {
        return metadata
      }
      carrier.members = object.members.map { ($0.key, $0.value) }
    }
    let before = carrier.members.count
    tracer.inject(context, into: &carrier, using: Members())
    if carrier.members.count == before { return metadata }
    return JSONValue.object(JSONObject(carrier.members)).canonicalBytes
  }

  static func extract(
    from metadata: ArraySlice<UInt8>?, into context: inout ServiceContext,
    by tracer: any Instrument
  ) {
    guard let metadata, case .object(let object)? = JSONValue(validating: metadata) else { return }
    let carrier = Carrier(members: object.members.map { ($0.key, $0.value) })
    tracer.extract(carrier, into: &context, using: Members())
  }
}

extension RecordedEvent {
  /// The context of the trace in which the event was appended, if its metadata has it.
  public func serviceContext(
    by instrument: any Instrument = InstrumentationSystem.instrument
  ) -> ServiceContext {
    var context = ServiceContext.topLevel
    TraceContext.extract(from: metadata, into: &context, by: instrument)
    return context
  }
}

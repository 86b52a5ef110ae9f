public import EvlogCore
public import EvlogMachine
public import EvlogProjections
public import GRDB
public import Tracing

/// A projection whose every event is a span, linked to the turn that appended it.
///
///     let stock = try Projector(TracedProjection(Stock()), over: log)
public struct TracedProjection<Inner: Projection>: Projection {
  public struct Event: Sendable {
    let inner: Inner.Event
    let context: ServiceContext
    let type: String
  }

  public let inner: Inner
  private let tracer: any Tracer

  public init(_ inner: Inner, tracer: any Tracer = InstrumentationSystem.tracer) {
    self.inner = inner
    self.tracer = tracer
  }

  public var name: String { inner.name }
  public var version: Int { inner.version }
  public var definition: Digest? { inner.definition }
  public var types: Set<String>? { inner.types }
  public var upcasters: [Upcaster] { inner.upcasters }
  public func migrate(_ migrator: inout DatabaseMigrator) { inner.migrate(&migrator) }
  public func erase(_ stream: String, from db: Database) throws {
    try inner.erase(stream, from: db)
  }

  public func decode(_ event: RecordedEvent) throws -> Event {
    Event(
      inner: try inner.decode(event), context: event.serviceContext(by: tracer), type: event.type)
  }

  public func apply(_ event: Event, _ context: EventContext, to db: Database) throws {
    try tracer.withSpan("evlog.apply", ofKind: .consumer) { span in
      span.attributes["evlog.projection"] = inner.name
      span.attributes["evlog.stream"] = context.stream
      span.attributes["evlog.type"] = event.type
      span.attributes["evlog.offset"] = Int64(context.offset)
      span.addLink(SpanLink(context: event.context, attributes: [:]))
      try inner.apply(event.inner, context, to: db)
    }
  }
}
